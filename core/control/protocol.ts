import { attachBytes } from '../attached-bytes.ts'
import { asTeleclaudeError, type ErrorCode, errorToWire, TeleclaudeError, type WireError } from '../errors.ts'
import type { Message } from './message-splitter.ts'

/**
 * The control socket speaks JSON-RPC 2.0, one message per line. A request names an operation; what the operation emits
 * comes as `item` notifications, in order, before the response. `cancel` ends a running request.
 *
 * Bytes of an input (or of a result, where the request has `takes_bytes`) may stand in base64; or as they are in front of
 * the message, behind a line `=<how many> input <field>` (or `result <field>`), with null in their place in the JSON.
 */
export type RequestId = string | number

/** A request as a client sends it. */
export interface WireRequest {
  readonly jsonrpc: '2.0'
  readonly id: RequestId
  readonly method: string
  readonly params: {
    readonly input: unknown
    readonly surface?: string
    /** A session's token, where a program inside a session asks. */
    readonly token?: string
    readonly request_id?: string
    /** False where the caller has no use for what the operation emits. */
    readonly items?: boolean
    /** True where bytes of the result may come as they are. */
    readonly takes_bytes?: boolean
  }
}

/** What a daemon sends. */
export type WireReply =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: RequestId | null; readonly error: RpcError }
  | {
      readonly jsonrpc: '2.0'
      readonly method: 'item'
      readonly params: { readonly id: RequestId; readonly item: unknown }
    }

export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data: WireError
}

/** A message of a client, understood. */
export type ClientMessage =
  | { readonly type: 'request'; readonly id: RequestId; readonly method: string; readonly params: CallParams }
  | { readonly type: 'cancel'; readonly id: RequestId }

export interface CallParams {
  readonly input: unknown
  readonly surface: string
  readonly token: string | undefined
  readonly requestId: string | undefined
  readonly wantsItems: boolean
  readonly takesBytes: boolean
}

/** A message that cannot be understood. The connection goes on; `id` says which request it was, if that was readable. */
export class MessageFault extends TeleclaudeError {
  readonly id: RequestId | null
  readonly rpcCode: number

  constructor(
    rpcCode: number,
    code: Extract<ErrorCode, 'TC_ERR_PROTOCOL' | 'TC_ERR_INVALID_INPUT'>,
    message: string,
    id: RequestId | null = null,
  ) {
    super(code, message)
    this.rpcCode = rpcCode
    this.id = id
  }
}

/** JSON-RPC's own codes; every other error has {@link OPERATION_FAILED} and says more in its `data`. */
const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600
export const INVALID_PARAMS = -32602
const OPERATION_FAILED = -32000

const MAX_ID_LENGTH = 128
const MAX_TEXT_LENGTH = 256
const SURFACE = /^[a-z][a-z0-9-]{0,31}$/
const REQUEST_FIELDS = new Set(['jsonrpc', 'id', 'method', 'params'])
const PARAM_FIELDS = new Set(['input', 'surface', 'token', 'request_id', 'items', 'takes_bytes'])

/** @throws MessageFault */
export function parseClientMessage({ line, attached }: Message): ClientMessage {
  const message = parseObject(line)
  const id = isRequestId(message.id) ? message.id : null
  const { method, params } = message
  if (message.jsonrpc !== '2.0' || typeof method !== 'string') {
    throw new MessageFault(
      INVALID_REQUEST,
      'TC_ERR_PROTOCOL',
      'not a JSON-RPC 2.0 request: send {"jsonrpc":"2.0","id":1,"method":"<operation>","params":{"input":{}}}',
      id,
    )
  }
  refuseUnknown(message, REQUEST_FIELDS, 'the request', id)
  if (!isObject(params)) {
    throw new MessageFault(INVALID_PARAMS, 'TC_ERR_INVALID_INPUT', "'params' must be an object", id)
  }
  if (attached && !attachBytes(params, attached)) {
    throw new MessageFault(
      INVALID_PARAMS,
      'TC_ERR_PROTOCOL',
      "'params' have no place for the bytes that came with them",
      id,
    )
  }
  if (message.id === undefined) return parseNotification(method, params)
  if (id === null) {
    throw new MessageFault(
      INVALID_REQUEST,
      'TC_ERR_PROTOCOL',
      `'id' must be an integer or a string of at most ${MAX_ID_LENGTH} characters`,
    )
  }
  return { type: 'request', id, method, params: parseParams(params, id) }
}

/** The line that answers with an error. */
export function errorReply(thrown: unknown, id: RequestId | null): WireReply {
  const error = asTeleclaudeError(thrown)
  const code = error instanceof MessageFault ? error.rpcCode : OPERATION_FAILED
  return { jsonrpc: '2.0', id, error: { code, message: error.message, data: errorToWire(error) } }
}

function parseObject(line: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line.toString())
  } catch {
    throw new MessageFault(PARSE_ERROR, 'TC_ERR_PROTOCOL', 'not JSON: send one JSON-RPC message per line')
  }
  if (isObject(value)) return value
  throw new MessageFault(
    INVALID_REQUEST,
    'TC_ERR_PROTOCOL',
    'a message must be one JSON object; batches are not supported',
  )
}

function parseNotification(method: string, params: Record<string, unknown>): ClientMessage {
  if (method === 'cancel' && isRequestId(params.id)) return { type: 'cancel', id: params.id }
  throw new MessageFault(
    INVALID_REQUEST,
    'TC_ERR_PROTOCOL',
    "the only notification is 'cancel' with the id of a request; give a request an 'id'",
  )
}

function parseParams(params: Record<string, unknown>, id: RequestId): CallParams {
  refuseUnknown(params, PARAM_FIELDS, "'params'", id)
  const surface = text(params, 'surface', id) ?? 'socket'
  if (!SURFACE.test(surface)) {
    throw new MessageFault(INVALID_PARAMS, 'TC_ERR_INVALID_INPUT', "'surface' must match [a-z][a-z0-9-]*", id)
  }
  return {
    input: params.input ?? {},
    surface,
    wantsItems: flag(params, 'items', id) !== false,
    takesBytes: flag(params, 'takes_bytes', id) === true,
    token: text(params, 'token', id),
    requestId: text(params, 'request_id', id),
  }
}

function flag(params: Record<string, unknown>, field: string, id: RequestId): boolean | undefined {
  const value = params[field]
  if (value === undefined || typeof value === 'boolean') return value
  throw new MessageFault(INVALID_PARAMS, 'TC_ERR_INVALID_INPUT', `'${field}' must be true or false`, id)
}

function text(params: Record<string, unknown>, field: string, id: RequestId): string | undefined {
  const value = params[field]
  if (value === undefined || (typeof value === 'string' && value.length <= MAX_TEXT_LENGTH)) return value
  throw new MessageFault(
    INVALID_PARAMS,
    'TC_ERR_INVALID_INPUT',
    `'${field}' must be a string of at most ${MAX_TEXT_LENGTH} characters`,
    id,
  )
}

function refuseUnknown(
  value: Record<string, unknown>,
  known: ReadonlySet<string>,
  where: string,
  id: RequestId | null,
): void {
  for (const field in value) {
    if (known.has(field)) continue
    throw new MessageFault(
      INVALID_PARAMS,
      'TC_ERR_INVALID_INPUT',
      `${where} has an unknown field '${field.slice(0, 40)}'; known are ${[...known].join(', ')}`,
      id,
    )
  }
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' ? value.length <= MAX_ID_LENGTH : Number.isSafeInteger(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
