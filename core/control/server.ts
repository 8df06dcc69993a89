import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { commandLine } from '../command-line.ts'
import { TeleclaudeError } from '../errors.ts'
import { ControlConnection, type ControlContext, type ControlLimits, tooMany } from './connection.ts'

export type { ControlLimits } from './connection.ts'

export interface ControlServerOptions extends Omit<ControlContext, 'limits'> {
  /** Where to listen; in a folder that only its owner can enter. At most 107 bytes, as for every Unix socket. */
  readonly socketPath: string
  readonly limits?: Partial<ControlLimits>
}

export interface ControlServer {
  /** Takes in nothing more, ends running requests, and settles when every client is gone and the socket removed. */
  close(): Promise<void>
}

const DEFAULT_LIMITS: ControlLimits = {
  maxMessageBytes: 4 * 1024 * 1024, // a paste of a large file fits; an operation's input is validated after it
  messageDeadlineMs: 30_000,
  maxCalls: 256, // one per session, and some, for an MCP client that waits in all of them
  maxConnections: 256,
}
/** Refused clients that may still be reading why; beyond these, connections are dropped without a word. */
const FAREWELL_ROOM = 64

/**
 * Opens the control socket: every operation of the bus, for whoever may open the socket file (its owner).
 *
 * @throws TC_ERR_ALREADY_RUNNING if another process answers there, TC_ERR_STATE_DIR if the path cannot be used
 */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { socketPath, log } = options
  const context = { ...options, limits: { ...DEFAULT_LIMITS, ...options.limits } }
  const connections = new Set<ControlConnection>()
  const server = createServer(socket => {
    const connection = new ControlConnection(socket, context)
    if (connections.size >= context.limits.maxConnections) {
      return connection.refuse(tooMany('connections to this daemon', context.limits.maxConnections))
    }
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  })
  server.maxConnections = context.limits.maxConnections + FAREWELL_ROOM
  await listen(server, socketPath)
  server.on('error', error => log.error({ err: error }, 'the control socket failed'))
  return {
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      await Promise.all([...connections].map(connection => connection.close()))
      await closed
    },
  }
}

async function listen(server: Server, socketPath: string): Promise<void> {
  try {
    await bind(server, socketPath)
  } catch (thrown) {
    if (!isErrno(thrown, 'EADDRINUSE')) throw unusable(socketPath, thrown)
    await removeStale(socketPath)
    await bind(server, socketPath).catch((again: unknown) => {
      throw isErrno(again, 'EADDRINUSE') ? alreadyRunning(socketPath) : unusable(socketPath, again)
    })
  }
  chmodSync(socketPath, 0o600)
}

function bind(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** A socket file that nobody answers was left behind by a daemon that was killed. */
async function removeStale(socketPath: string): Promise<void> {
  if (!lstatSync(socketPath).isSocket()) {
    throw unusable(socketPath, new Error('something that is not a socket is there; move it away'))
  }
  if (await answers(socketPath)) throw alreadyRunning(socketPath)
  unlinkSync(socketPath)
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(socketPath)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    // Only a refusal proves that nobody listens; a full queue (EAGAIN) is somebody.
    probe.once('error', error => resolve(!isErrno(error, 'ECONNREFUSED') && !isErrno(error, 'ENOENT')))
  })
}

function alreadyRunning(socketPath: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_ALREADY_RUNNING',
    `a daemon already answers at ${socketPath}. Use it, or end it with: ${commandLine} stop`,
  )
}

function unusable(socketPath: string, cause: unknown): TeleclaudeError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new TeleclaudeError('TC_ERR_STATE_DIR', `cannot open the control socket ${socketPath}: ${why}`, {
    cause,
  })
}

function isErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code
}
