import type { BotAccount } from '../accounts.ts'
import type { MethodParameters, ServedMethod } from '../api-shapes.ts'
import type { FormPart } from '../multipart.ts'
import type { World } from '../world.ts'

/** One call whose token and shape were right. */
export interface MethodCall<M extends ServedMethod> {
  readonly world: World
  readonly bot: BotAccount
  readonly parameters: MethodParameters[M]
  /** What came with it, by the name that `attach://` gives it. */
  readonly files: ReadonlyMap<string, FormPart>
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal
}

/** Does what one method does. What it answers is checked against the method's shape. @throws ApiError */
export type Method<M extends ServedMethod> = (call: MethodCall<M>) => unknown

export type Methods<M extends ServedMethod> = { readonly [Name in M]: Method<Name> }
