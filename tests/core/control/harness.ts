import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { systemClock } from '../../../core/clock.ts'
import { createDaemonClient } from '../../../core/control/client.ts'
import { type ControlServerOptions, startControlServer } from '../../../core/control/server.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import type { DaemonClient } from '../../../core/host/plugin.ts'
import type { Caller, OperationBus } from '../../../core/operations/bus.ts'
import type { InvokeOptions } from '../../../core/operations/operation.ts'
import type { Principal } from '../../../core/principal.ts'

/** What a test has the daemon do for one operation. */
export type Handler = (input: Record<string, unknown>, options: InvokeOptions, caller: Caller) => unknown

/** A bus that answers with the given functions, as the real one does: by settling or with a TeleclaudeError. */
export function busOf(handlers: Record<string, Handler>): OperationBus {
  return {
    add: () => {},
    list: () => [],
    get: () => undefined,
    async call<T>(name: string, input: unknown, caller: Caller, options: InvokeOptions = {}): Promise<T> {
      const handler = handlers[name]
      if (!handler) throw new TeleclaudeError('TC_ERR_UNKNOWN_OPERATION', `no operation '${name}'`)
      return (await handler(input as Record<string, unknown>, options, caller)) as T
    },
    serve: () => Promise.reject(new Error('not part of this test')),
    noteRefused: () => undefined,
  }
}

export const USER: Principal = { kind: 'user', name: 'ada', scopes: '*' }

export function authenticate(token: string | undefined): Principal {
  if (token === undefined) return USER
  if (token === 'genuine') return { kind: 'session', sessionId: 'abc', scopes: ['sessions:read'] }
  throw new TeleclaudeError('TC_ERR_UNAUTHENTICATED', 'this daemon did not issue that session token')
}

/** A folder, a server in it and clients of it; everything is gone when disposed. */
export async function controlServer(
  handlers: Record<string, Handler>,
  options: Partial<ControlServerOptions> = {},
) {
  const dir = mkdtempSync(join(tmpdir(), 'tc-'))
  const socketPath = join(dir, 'control.sock')
  const start = () =>
    startControlServer({
      socketPath,
      bus: busOf(handlers),
      authenticate,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      ...options,
    })
  const server = await start()
  const clients: DaemonClient[] = []
  const raws: RawClient[] = []
  return {
    dir,
    socketPath,
    server,
    /** Starts another server on the same path. */
    start,
    client(env: Record<string, string> = {}): DaemonClient {
      const client = createDaemonClient({ socketPath, surface: 'test', clock: systemClock, env })
      clients.push(client)
      return client
    },
    async raw(): Promise<RawClient> {
      const raw = await RawClient.connect(socketPath)
      raws.push(raw)
      return raw
    },
    async [Symbol.asyncDispose]() {
      for (const raw of raws) raw.socket.destroy()
      await Promise.all(clients.map(client => client.close()))
      await server.close()
      rmSync(dir, { recursive: true })
    },
  }
}

/** Speaks to the socket in bytes, as a client that is not ours would. */
export class RawClient {
  readonly socket: Socket
  readonly replies: AsyncGenerator<Record<string, unknown>, undefined>

  private constructor(socket: Socket) {
    this.socket = socket
    this.replies = readReplies(socket)
  }

  static async connect(path: string): Promise<RawClient> {
    const socket = connect(path)
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes)
  }

  send(message: unknown): void {
    this.write(`${JSON.stringify(message)}\n`)
  }

  request(id: number, method: string, params: Record<string, unknown> = {}): void {
    this.send({ jsonrpc: '2.0', id, method, params })
  }

  /** The next message of the server; undefined if it has closed the connection. */
  async reply(): Promise<Record<string, unknown> | undefined> {
    return (await this.replies.next()).value
  }
}

async function* readReplies(socket: Socket): AsyncGenerator<Record<string, unknown>, undefined> {
  let rest = ''
  for await (const chunk of socket) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
  return undefined
}
