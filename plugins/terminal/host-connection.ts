import type { PluginContext } from '../../core/index.ts'
import { findHost, findOrStartHost } from './host/launch.ts'
import type { HostLink } from './host/link.ts'
import { hasRecords } from './host/tmux/pane-record.ts'

type Context = Pick<PluginContext, 'clock' | 'log' | 'stateDir'>

/** The one connection to the pty host, made when it is needed. */
export class HostConnection {
  readonly #ctx: Context
  readonly #onLost: (link: HostLink, why: string) => void
  #host: Promise<HostLink> | null = null

  /** @param onLost the host is gone, or has another daemon */
  constructor(ctx: Context, onLost: (link: HostLink, why: string) => void) {
    this.#ctx = ctx
    this.#onLost = onLost
  }

  /** With the host that runs, or a new one. */
  connected(): Promise<HostLink> {
    this.#host ??= findOrStartHost(this.#ctx.stateDir, this.#ctx.clock).then(
      link => this.#use(link),
      error => {
        this.#host = null
        throw error
      },
    )
    return this.#host
  }

  /** With the host that runs, if one does; also with a new one, where terminals outlived the one before. */
  async found(): Promise<HostLink | null> {
    const { stateDir, clock } = this.#ctx
    if (hasRecords(stateDir)) return await this.connected()
    const link = await findHost(stateDir, clock)
    return link && this.#use(link)
  }

  async close(): Promise<void> {
    await (await this.#host)?.close()
  }

  #use(link: HostLink): HostLink {
    this.#host = Promise.resolve(link)
    link.onLost(why => {
      this.#host = null
      this.#ctx.log.error({ host: link.pid, why }, 'the terminal host is gone')
      this.#onLost(link, why)
    })
    return link
  }
}
