import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Services } from '../host/service.ts'
import type { Principal, Scope } from '../principal.ts'

/** Hints for MCP clients, as the protocol defines them. */
export interface ToolAnnotations {
  readonly title?: string
  readonly readOnlyHint?: boolean
  readonly destructiveHint?: boolean
  readonly idempotentHint?: boolean
  readonly openWorldHint?: boolean
}

/** How an operation appears as an MCP tool. */
export interface McpTool {
  /** `teleclaude__…`, fixed once published. */
  readonly name: string
  /** What an agent reads to decide when and how to call it. Defaults to the operation's summary. */
  readonly description?: string
  readonly annotations?: ToolAnnotations
}

/** How an operation appears on the command line. */
export interface CliVerb {
  /** The words after `teleclaude`, e.g. `session rename`. */
  readonly words: string
  /** Input fields that are given by place, in order; a last one ending in `...` takes the rest of the line. */
  readonly positional?: readonly string[]
}

/** One call of an operation, as its `run` sees it. */
export interface OperationCall<Item = unknown> {
  readonly principal: Principal
  readonly clock: Clock
  /** Core's services, and those of the plugins. */
  readonly services: Services
  /** The surface the request came through: `cli`, `mcp`, `telegram`, `gateway` … */
  readonly surface: string
  /** Given by the caller, or made; the same on every computer that the request passes. */
  readonly requestId: string
  /** Aborts when the caller cancels or goes away. */
  readonly signal: AbortSignal
  /** Whether anybody takes the items, so that nothing is made for nobody. */
  readonly wantsItems: boolean
  /** Hands an item to the caller; settles when the caller can take the next one. */
  emit(item: Item): Promise<void>
  /** Calls another operation as the same principal. Items it emits go to `onItem`. */
  invoke<T = unknown>(name: string, input: unknown, options?: InvokeOptions): Promise<T>
}

export interface InvokeOptions {
  readonly signal?: AbortSignal
  onItem?(item: unknown): Promise<void> | void
}

/**
 * A typed request to a daemon. MCP tools, CLI verbs and remote execution are all derived from it.
 *
 * `at` says where it runs: `owner` at the session's owner (from `session_id`) or the computer named in `computer`;
 * `here` always at the daemon that was asked, composing other operations where other computers are involved.
 */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
  Item = unknown,
> {
  /** `area.verb`. */
  readonly name: string
  /** One sentence, for help texts. */
  readonly summary: string
  /** Strict: unknown fields are refused. Fields are snake_case; describe each one. */
  readonly input: Input
  readonly output: Output
  readonly scope: Scope
  /** The scopes of the operations that it is composed of: whoever lacks one is refused before anything is done. */
  readonly alsoNeeds?: readonly Scope[]
  /** Whether asking twice is the same as asking once, so that a lost answer may be asked for again. */
  readonly idempotent: boolean
  readonly at: 'owner' | 'here'
  /**
   * The field of the input that says what the calls are pieces of (a transfer, a connection), where a piece that is done
   * again, even minutes later, changes nothing. Between computers nothing of a piece is written down, and the audit log
   * has one line for all that follow each other. Default: each call is a request of its own.
   */
  readonly pieceOf?: keyof z.output<Input> & string
  readonly mcp?: McpTool | false
  readonly cli?: CliVerb | false
  run(input: z.output<Input>, call: OperationCall<Item>): Promise<z.input<Output>>
}

/** Checks an operation's types; returns it as it is. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodType, Item = never>(
  operation: Operation<Input, Output, Item>,
): Operation<Input, Output, Item> {
  return operation
}

/** An operation of any input and output, as the table keeps it. */
// biome-ignore lint/suspicious/noExplicitAny: the table holds operations of all types; each is checked where it is defined.
export type AnyOperation = Operation<any, any, any>
