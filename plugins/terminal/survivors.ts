import type { PluginContext, Session, TerminalSink } from '../../core/index.ts'
import type { HostLink } from './host/link.ts'
import type { HostedTerminal } from './host/protocol.ts'
import { hasRecords } from './host/tmux/pane-record.ts'
import type { HostConnection } from './host-connection.ts'
import type { LiveTerminal } from './live-terminal.ts'
import type { LiveTerminals } from './live-terminals.ts'

export interface SurvivorsOptions {
  readonly ctx: Pick<PluginContext, 'log' | 'stateDir'>
  readonly sink: TerminalSink
  readonly host: HostConnection
  readonly live: LiveTerminals
}

/** Takes up the terminals that outlived a daemon, or a host, and reports those that did not. */
export class Survivors {
  readonly #options: SurvivorsOptions

  constructor(options: SurvivorsOptions) {
    this.#options = options
  }

  /** Those that an earlier daemon left running. @returns whether there were any in the host */
  async ofEarlierDaemon(): Promise<boolean> {
    const { sink, host } = this.#options
    const link = await host.found()
    const hosted = byId(link)
    const sessions = sink.live()
    await Promise.all(sessions.map(session => this.#resumeOne(session, link, hosted.get(session.id))))
    for (const session of sessions) hosted.delete(session.id)
    for (const orphan of hosted.values()) this.#drop(orphan, link)
    return Boolean(link?.terminals.length)
  }

  async #resumeOne(
    session: Session,
    link: HostLink | null,
    hosted: HostedTerminal | undefined,
  ): Promise<void> {
    if (link && hosted) {
      const live = this.#options.live.add(session, link, hosted)
      link.attach(hosted.channel, live)
      return
    }
    const failure =
      session.state === 'starting'
        ? 'The daemon ended while this session was being started.'
        : 'The terminal host ended while no daemon was running, and this terminal with it.'
    await this.#options.sink.exited(session.id, { exitCode: null, signal: null, failure })
  }

  /** Those of a host that is gone: what runs in tmux is there again with the next one. */
  async ofLostHost({ isReplaced }: HostLink, why: string): Promise<void> {
    const { ctx, live } = this.#options
    const all = live.all()
    const waiting = all.filter(one => !isReplaced && one.isInTmux)
    for (const one of all) if (!waiting.includes(one)) one.lost(why)
    // A start that was under way may have come as far as a pane.
    if (isReplaced || (!waiting.length && !hasRecords(ctx.stateDir))) return
    try {
      await this.#findAgain(waiting, why)
    } catch (err) {
      ctx.log.error({ err }, 'no terminal host could be started to find what runs in tmux')
      for (const one of waiting) one.lost(why)
    }
  }

  async #findAgain(waiting: readonly LiveTerminal[], why: string): Promise<void> {
    const link = await this.#options.host.connected()
    await Promise.all(waiting.map(one => one.detach()))
    const hosted = byId(link)
    for (const one of waiting) {
      this.#goOn(one, link, hosted.get(one.session.id), why)
      hosted.delete(one.session.id)
    }
    for (const orphan of hosted.values()) this.#drop(orphan, link)
  }

  #goOn(before: LiveTerminal, link: HostLink, hosted: HostedTerminal | undefined, why: string): void {
    if (!hosted) {
      before.lost(why)
      return
    }
    const live = this.#options.live.add(before.session, link, hosted, before.state)
    before.succeededBy(live)
    link.attach(hosted.channel, live)
  }

  #drop({ id, channel }: HostedTerminal, link: HostLink | null): void {
    this.#options.ctx.log.warn({ session: id }, 'a terminal of a session that is not known was ended')
    link?.closeTerminal(channel, 0)
    link?.forget(channel)
  }
}

function byId(link: HostLink | null): Map<string, HostedTerminal> {
  return new Map(link?.terminals.map(terminal => [terminal.id, terminal]))
}
