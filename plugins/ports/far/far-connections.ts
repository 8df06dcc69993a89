import { connect, type Socket } from 'node:net'
import { type Clock, messageOf, type Principal, TeleclaudeError, withDeadline } from '../../../core/index.ts'
import { isAllowed, type PortsOptions } from '../options.ts'
import { FarConnection } from './far-connection.ts'

/** The connections of other computers to ports of this one. */
export interface FarConnections {
  /** Opens nothing: a port where nobody listens yet is none that is refused. @throws TC_ERR_FORBIDDEN */
  check(port: number): void
  /** @throws TC_ERR_PORT where nobody listens, TC_ERR_FORBIDDEN where others may not have the port */
  open(principal: Principal, stream: string, port: number): Promise<void>
  /** @throws TC_ERR_PORT where the principal has no such connection */
  get(principal: Principal, stream: string): FarConnection
  close(principal: Principal, stream: string): void
  closeAll(): void
}

/** On loopback an answer comes at once. */
const CONNECT_MS = 5000

export function createFarConnections(clock: Clock, { allow, maxConnections }: PortsOptions): FarConnections {
  const connections = new Map<string, FarConnection>()
  const opening = new Map<string, Promise<void>>()

  let isClosed = false

  const open = async (key: string, port: number) => {
    const connection = new FarConnection(await connected(port, clock), clock)
    if (isClosed) {
      connection.close()
      throw new TeleclaudeError('TC_ERR_PORT', 'The daemon of that computer is closing.')
    }
    connections.set(key, connection)
    void connection.closed.then(() => connections.delete(key))
  }
  return {
    check: port => checkAllowed(port, allow),
    open(principal, stream, port) {
      const key = keyOf(principal, stream)
      // Asked again, because an answer was lost.
      if (connections.has(key)) return Promise.resolve()
      const known = opening.get(key)
      if (known) return known
      checkAllowed(port, allow)
      if (connections.size + opening.size >= maxConnections) throw tooMany(maxConnections)
      const opened = open(key, port).finally(() => opening.delete(key))
      opening.set(key, opened)
      return opened
    },
    get(principal, stream) {
      const connection = connections.get(keyOf(principal, stream))
      if (connection) return connection
      throw new TeleclaudeError('TC_ERR_PORT', 'There is no such connection any more.')
    },
    close: (principal, stream) => connections.get(keyOf(principal, stream))?.close(),
    closeAll() {
      isClosed = true
      for (const connection of connections.values()) connection.close()
    },
  }
}

/** What one computer has opened is no other's, even if that knew its name. */
function keyOf(principal: Principal, stream: string): string {
  return `${principal.kind === 'peer' ? principal.computer : ''} ${stream}`
}

/** Programs listen on either address of the loopback. */
async function connected(port: number, clock: Clock): Promise<Socket> {
  try {
    return await connectedTo('127.0.0.1', port, clock).catch(error => {
      if (codeOf(error) === 'ECONNREFUSED')
        return connectedTo('::1', port, clock).catch(() => Promise.reject(error))
      throw error
    })
  } catch (cause) {
    const message = `Nobody answers on port ${port} there: ${messageOf(cause)}.`
    throw new TeleclaudeError('TC_ERR_PORT', message, { cause })
  }
}

async function connectedTo(host: string, port: number, clock: Clock): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
  const ready = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.on('error', reject)
  })
  try {
    await withDeadline(clock, ready, CONNECT_MS, () => new TeleclaudeError('TC_ERR_TIMEOUT', 'no answer'))
    return socket.pause()
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function checkAllowed(port: number, allow: PortsOptions['allow']): void {
  if (isAllowed(port, allow)) return
  throw new TeleclaudeError(
    'TC_ERR_FORBIDDEN',
    `Port ${port} is not one that others may reach there: the ports plugin allows ${allow.join(', ') || 'none'}.`,
  )
}

function tooMany(most: number): TeleclaudeError {
  const message = `There are ${most} connections to ports of that computer already, as many as its maxConnections allows.`
  return new TeleclaudeError('TC_ERR_PORT', message, { retryable: true })
}
