import { isTeleclaudeError, messageOf } from '../../core/index.ts'
import {
  errorTo,
  INTERNAL_ERROR,
  INVALID_PARAMS,
  METHOD_NOT_FOUND,
  type Params,
  type RequestId,
  type ServerMessage,
} from './json-rpc.ts'
import type { LineTransport } from './line-transport.ts'

/** One request, as its method sees it. */
export interface RpcCall {
  /** Aborts when the client cancels or goes away. */
  readonly signal: AbortSignal
  /** Settles when the client can take more. */
  notify(method: string, params: object): Promise<void>
}

/** Settles with the result. @throws TC_ERR_INVALID_INPUT for parameters that it cannot use */
export type RpcMethod = (params: Params, call: RpcCall) => Promise<object> | object

/** Given as the reason, since without one every abort makes an error that nobody sees. */
const CANCELLED = 'cancelled'

/** Answers the requests of a client, side by side. One that was cancelled gets no answer, as MCP has it. */
export function serveRpc(transport: LineTransport, methods: Readonly<Record<string, RpcMethod>>): void {
  const running = new Map<RequestId, AbortController>()

  const answer = async (id: RequestId, method: string, params: Params): Promise<void> => {
    const controller = new AbortController()
    const { signal } = controller
    running.set(id, controller)
    const notify: RpcCall['notify'] = async (method, params) => {
      if (!signal.aborted) await transport.send({ jsonrpc: '2.0', method, params })
    }
    const reply = await replyTo(id, () => methodOf(methods, method)?.(params, { signal, notify }))
    if (running.get(id) === controller) running.delete(id)
    if (!signal.aborted) await transport.send(reply)
  }
  transport.onMessage = message => {
    if (message.type === 'request') void answer(message.id, message.method, message.params)
    else if (message.type === 'notification' && message.method === 'notifications/cancelled') {
      // An id of any other type is of no request.
      running.get(message.params.requestId as RequestId)?.abort(CANCELLED)
    }
  }
  transport.onClose = () => {
    for (const controller of running.values()) controller.abort(CANCELLED)
  }
}

/** Only the table's own: a client names the method. */
function methodOf(methods: Readonly<Record<string, RpcMethod>>, name: string): RpcMethod | undefined {
  return Object.hasOwn(methods, name) ? methods[name] : undefined
}

async function replyTo(id: RequestId, run: () => ReturnType<RpcMethod> | undefined): Promise<ServerMessage> {
  try {
    const result = await run()
    return result ? { jsonrpc: '2.0', id, result } : errorTo(id, METHOD_NOT_FOUND, 'Method not found')
  } catch (error) {
    const code = isTeleclaudeError(error, 'TC_ERR_INVALID_INPUT') ? INVALID_PARAMS : INTERNAL_ERROR
    return errorTo(id, code, messageOf(error))
  }
}
