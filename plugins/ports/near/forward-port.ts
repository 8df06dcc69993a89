import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import {
  isTeleclaudeError,
  messageOf,
  type OperationCall,
  TeleclaudeError,
  withDeadline,
} from '../../../core/index.ts'
import { type AskFar, carry } from './carry.ts'
import { throughOutages } from './through-outages.ts'

export interface Forwarding {
  readonly computer: string
  readonly port: number
  readonly localPort: number
}

/** What becomes of it, as the caller is told. */
export type ForwardNews =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'connections'; readonly open: number }
  | { readonly type: 'problem'; readonly message: string }

/** As `ssh -L` has it: nobody needs more at once, and each costs memory on two computers. */
const MAX_CONNECTIONS = 64
/** A computer that just died seems to be there for a while; whoever forwards is not kept waiting for it. */
const FIRST_ANSWER_MS = 5000

/**
 * Listens until the caller goes, and carries each connection to the port of the other computer.
 * @throws TC_ERR_PORT where the local port is taken, and what the other computer refuses whatever listens there
 */
export async function forwardPort(forwarding: Forwarding, call: OperationCall<ForwardNews>): Promise<void> {
  const open = new Set<Socket>()
  const tell = (news: ForwardNews) => void call.emit(news).catch(() => {}) // Whoever was told of it has gone.
  await askFirst(forwarding, call, message => tell({ type: 'problem', message }))
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, socket => {
    open.add(socket)
    tell({ type: 'connections', open: open.size })
    const onProblem = (message: string) => tell({ type: 'problem', message })
    void connect(socket, forwarding, call, onProblem).then(problem => {
      socket.destroy()
      open.delete(socket)
      if (problem !== null) onProblem(problem)
      tell({ type: 'connections', open: open.size })
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  try {
    tell({ type: 'listening', port: await listen(server, forwarding.localPort) })
    if (!call.signal.aborted) await once(call.signal, 'abort')
  } finally {
    server.close()
    for (const socket of open) socket.resetAndDestroy()
  }
}

/** Nobody is to wait for what every connection would be refused; what is only away may come before the first one. */
async function askFirst(
  { computer, port }: Forwarding,
  call: OperationCall<ForwardNews>,
  onProblem: (message: string) => void,
): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([call.signal, over.signal])
  try {
    const asked = call.invoke('ports.check', { computer, port }, { signal })
    await withDeadline(call.clock, asked, FIRST_ANSWER_MS, () => silent(computer))
  } catch (error) {
    if (isTeleclaudeError(error, 'TC_ERR_UNKNOWN_OPERATION')) throw withoutPorts(computer, error)
    if (call.signal.aborted || !isTeleclaudeError(error) || !error.retryable) throw error
    onProblem(waited(error))
  } finally {
    over.abort()
  }
}

function silent(computer: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_TIMEOUT',
    `'${computer}' has not answered within ${FIRST_ANSWER_MS / 1000} s.`,
  )
}

function withoutPorts(computer: string, cause: TeleclaudeError): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_UNKNOWN_OPERATION',
    `'${computer}' gives its ports to nobody: add the plugin ports to the configuration there.`,
    { cause },
  )
}

function waited({ message }: TeleclaudeError): string {
  return `${message} A new connection waits for it.`
}

/** Settles when the connection is over, with what went wrong. */
async function connect(
  socket: Socket,
  { computer, port }: Forwarding,
  call: OperationCall<ForwardNews>,
  onProblem: (message: string) => void,
): Promise<string | null> {
  const stream = randomBytes(16).toString('hex')
  const far = { computer, stream }
  socket.on('error', () => {}) // What breaks here is told there by closing.
  try {
    const open = () => call.invoke('ports.open', { ...far, port })
    await throughOutages(call, open, error => onProblem(waited(error)))
    const ask: AskFar = (operation, input) =>
      throughOutages(call, () => call.invoke(operation, { ...far, ...input }))
    await carry(socket, ask, call.clock)
    return null
  } catch (error) {
    const isOwn = !isTeleclaudeError(error) || call.signal.aborted
    // As if there were no network between the two: nobody takes it for a whole answer.
    socket.resetAndDestroy()
    return isOwn ? null : messageOf(error)
  } finally {
    // With a signal of its own: it is to be closed there also when the caller has gone.
    const { signal } = new AbortController()
    await call.invoke('ports.close', far, { signal }).catch(() => {}) // There it ends by itself soon after.
  }
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true })
    await once(server, 'listening')
  } catch (cause) {
    const why = messageOf(cause).includes('EADDRINUSE') ? 'another program has it' : messageOf(cause)
    throw new TeleclaudeError(
      'TC_ERR_PORT',
      `Port ${port} of this computer cannot be used: ${why}. Choose another one with --local.`,
      {
        cause,
      },
    )
  }
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}
