import type { Clock } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import type { ClientCallOptions, DaemonClient } from '../host/plugin.ts'
import { ClientConnection } from './client-connection.ts'

export interface DaemonClientOptions {
  readonly socketPath: string
  /** What the caller is: `cli`, `mcp` … */
  readonly surface: string
  readonly clock: Clock
  /** Where `TELECLAUDE_SESSION_TOKEN` is looked up, which says that the caller runs inside a session. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * A client of the control socket. It connects at the first call, and again at the next one after the daemon was away;
 * a call that was running when the daemon went away fails, since nobody knows what it did. An idle client does not keep
 * the process alive.
 *
 * Items reach `onItem` one after the other, each when the one before has settled. While too many wait, nothing is read
 * from the connection: a handler must not wait for another call of the same client.
 */
export function createDaemonClient(options: DaemonClientOptions): DaemonClient {
  const { socketPath, surface, clock } = options
  const token = options.env?.TELECLAUDE_SESSION_TOKEN
  const params = { surface, ...(token && { token }) }
  let connection: ClientConnection | null = null
  let isClosed = false

  const connected = (): ClientConnection => {
    if (isClosed) throw new TeleclaudeError('TC_ERR_CANCELLED', 'this client of the daemon was closed')
    if (!connection?.isUsable) connection = new ClientConnection(socketPath, clock)
    return connection
  }
  const close = async () => {
    isClosed = true
    await connection?.close()
  }
  return {
    async call<T>(operation: string, input: unknown, call: ClientCallOptions = {}): Promise<T> {
      const { requestId, onItem, takesBytes } = call
      const request = {
        input,
        ...params,
        ...(requestId !== undefined && { request_id: requestId }),
        ...(!onItem && { items: false }),
        ...(takesBytes && { takes_bytes: true }),
      }
      // What an operation returns is of its output schema's type; the caller names it.
      return (await connected().call(operation, request, call)) as T
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
