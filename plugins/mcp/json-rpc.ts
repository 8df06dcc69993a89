/** JSON-RPC 2.0 as MCP uses it, read from outside and not trusted. */
export type RequestId = string | number

export type Params = Readonly<Record<string, unknown>>

/** A message of the client, understood. */
export type ClientMessage =
  | { readonly type: 'request'; readonly id: RequestId; readonly method: string; readonly params: Params }
  | { readonly type: 'notification'; readonly method: string; readonly params: Params }
  | { readonly type: 'answer' }

/** A message to the client. */
export type ServerMessage = { readonly jsonrpc: '2.0' } & (
  | { readonly id: RequestId; readonly result: object }
  | { readonly id: RequestId; readonly error: { readonly code: number; readonly message: string } }
  | { readonly method: string; readonly params?: object }
)

// JSON-RPC's own codes.
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602
export const INTERNAL_ERROR = -32603

/** Null for what is no message. */
export function readMessage(value: unknown): ClientMessage | null {
  if (!isObject(value) || value.jsonrpc !== '2.0') return null
  const { id, method, params = {} } = value
  if (method === undefined) return isAnswer(value) ? { type: 'answer' } : null
  if (typeof method !== 'string' || !isObject(params)) return null
  if (id === undefined) return { type: 'notification', method, params }
  return isRequestId(id) ? { type: 'request', id, method, params } : null
}

export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function errorTo(id: RequestId, code: number, message: string): ServerMessage {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

function isAnswer({ id, result, error }: Record<string, unknown>): boolean {
  return isRequestId(id) && (isObject(result) || isObject(error))
}
