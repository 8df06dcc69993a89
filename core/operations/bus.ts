import type { Principal, Scope } from '../principal.ts'
import type { AnyOperation, InvokeOptions } from './operation.ts'

/** Who asks, through what, with which id. */
export interface Caller {
  readonly principal: Principal
  readonly surface: string
  readonly requestId?: string
}

/**
 * The one way to have an operation done: finds it, checks the caller's scope, validates the input, writes the audit
 * line, and runs it here or has the transport run it on the computer it belongs to.
 */
export interface OperationBus {
  /** @throws TC_ERR_INVALID_INPUT if an operation of that name is there already. */
  add(operation: AnyOperation): void
  list(): readonly AnyOperation[]
  get(name: string): AnyOperation | undefined
  /** @throws TeleclaudeError always of one of the codes in the error table. */
  call<T = unknown>(name: string, input: unknown, caller: Caller, options?: InvokeOptions): Promise<T>
  /**
   * Has an operation done that another computer asks for. Only those that run at the owner are, and only here: nobody
   * is asked in turn, so that no computer lends its trust to another.
   * @throws TC_ERR_FORBIDDEN, and whatever the operation throws
   */
  serve(name: string, input: unknown, caller: Required<Caller>, options: ServeOptions): Promise<unknown>
  /** Writes into the audit log, sparingly, that somebody asked for whom nothing is done. */
  noteRefused(name: string, input: unknown, caller: Required<Caller>): void
}

export interface ServeOptions extends InvokeOptions {
  /** The scopes for what the other computer composes of the operation: without them it is not begun. */
  readonly alsoNeeds?: readonly Scope[]
}
