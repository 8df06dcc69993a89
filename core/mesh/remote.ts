import { TeleclaudeError } from '../errors.ts'
import type { AnyOperation, InvokeOptions } from '../operations/operation.ts'
import type { Principal, Scope } from '../principal.ts'

/** An operation on its way to the computer that it belongs to. */
export interface RemoteRequest {
  readonly requestId: string
  readonly operation: AnyOperation
  /** Parsed. */
  readonly input: unknown
  readonly principal: Principal
  readonly surface: string
  /** The scopes for what this is the beginning of: where one is missing there, it is not begun. */
  readonly alsoNeeds: readonly Scope[]
}

/** What the operation bus needs of other computers. */
export interface Remote {
  /** Settles with the operation's result, parsed. @throws TC_ERR_NO_TRANSPORT, and what requests and operations throw */
  request(computer: string, request: RemoteRequest, options: InvokeOptions): Promise<unknown>
  /** Where a session runs that is not one of this computer's; undefined if nobody knows it. At once, where that is known. */
  locate(session: string): string | undefined | Promise<string | undefined>
}

/** A computer without others. */
export function createAlone(self: string): Remote {
  return {
    async request(computer) {
      throw new TeleclaudeError(
        'TC_ERR_NO_TRANSPORT',
        `'${computer}' is not this computer ('${self}'), and no plugin connects it to others. Add one to the configuration, or leave 'computer' out.`,
      )
    },
    locate: () => undefined,
  }
}
