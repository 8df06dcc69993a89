import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { type Clock, systemClock } from '../../core/clock.ts'
import { ProxiedConnection, type ProxyState } from './proxied-connection.ts'

export interface TcpProxyOptions {
  /** The path of a Unix socket, or a port of 127.0.0.1. */
  readonly to: string | number
  /** The path of a Unix socket to listen on. Default: a free port of 127.0.0.1. */
  readonly listen?: string
  /** What delays are measured with. */
  readonly clock?: Clock
}

/** A network between a client and a server that can be made slow, silent or broken. Disposing it cuts everything. */
export interface TcpProxy extends AsyncDisposable {
  /** 0 if it listens on a Unix socket. */
  readonly port: number
  /** Connections that have not been cut, closed or black-holed. */
  readonly connections: number
  /** How many there have ever been. */
  readonly accepted: number
  /** Holds every byte back for so long, in each direction, without limiting how many are on their way. */
  setDelay(msEachWay: number): void
  /** Passes nothing any more; connections, new ones too, stay open. */
  freeze(): void
  /** Passes on what came in the meantime. */
  unfreeze(): void
  /** Breaks all connections; new ones work. */
  cutAll(): void
  /** Breaks, once, the connection that carries the `bytes`-th byte of replies from now on, after it. Settles then. */
  cutAfterBytes(bytes: number): Promise<void>
  /**
   * Nothing passes any more on the connections there are, though neither side is told; new ones work. With a `greeting`:
   * on those whose client had that among the first that it said.
   */
  halfOpen(greeting?: string): void
}

export async function startTcpProxy({ to, listen, clock = systemClock }: TcpProxyOptions): Promise<TcpProxy> {
  const target: NetConnectOpts = typeof to === 'string' ? { path: to } : { host: '127.0.0.1', port: to }
  const live = new Set<ProxiedConnection>()
  const lost = new Set<ProxiedConnection>()
  const state: ProxyState = { clock, delayMs: 0, isFrozen: false, cut: null }
  let accepted = 0
  const accept = (client: Socket) => {
    accepted += 1
    const server = connect({ ...target, allowHalfOpen: true })
    const connection = new ProxiedConnection(client, server, state, () => live.delete(connection))
    live.add(connection)
  }
  const server = createServer({ allowHalfOpen: true }, accept)
  if (listen === undefined) server.listen(0, '127.0.0.1')
  else server.listen(listen)
  await once(server, 'listening')
  const cutAll = () => {
    for (const connection of live) connection.cut()
  }
  return {
    port: listen === undefined ? (server.address() as AddressInfo).port : 0, // it listens on TCP
    get connections() {
      return live.size
    },
    get accepted() {
      return accepted
    },
    setDelay(msEachWay) {
      state.delayMs = msEachWay
    },
    freeze() {
      state.isFrozen = true
      for (const connection of live) connection.update()
    },
    unfreeze() {
      state.isFrozen = false
      for (const connection of live) connection.update()
    },
    cutAll,
    cutAfterBytes: bytes =>
      new Promise(done => {
        state.cut = { afterBytes: bytes, done }
      }),
    halfOpen(greeting = '') {
      for (const connection of live) {
        if (!connection.greeting.includes(greeting)) continue
        connection.lose()
        lost.add(connection)
        live.delete(connection)
      }
    },
    async [Symbol.asyncDispose]() {
      cutAll()
      for (const connection of lost) connection.cut()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
