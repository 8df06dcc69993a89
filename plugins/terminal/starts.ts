import type { TerminalSink, TerminalSpec } from '../../core/index.ts'
import { backendOf } from './backends.ts'
import type { Retention } from './host/protocol.ts'
import type { HostConnection } from './host-connection.ts'
import type { LiveTerminal, TerminalMeta } from './live-terminal.ts'
import type { LiveTerminals } from './live-terminals.ts'
import type { TerminalSettings } from './options.ts'
import type { Environment } from './shell/login-environment.ts'
import type { Program } from './shell/program.ts'
import { removeSecrets } from './shell/secret-file.ts'
import { paneToAdopt } from './tmux/existing.ts'
import { findTmux } from './tmux/find-tmux.ts'

export interface StartsOptions {
  readonly settings: TerminalSettings
  readonly login: Promise<Environment>
  readonly sink: TerminalSink
  readonly host: HostConnection
  readonly live: LiveTerminals
}

/** Has the host start programs, and take up panes that are there already. */
export class Starts {
  readonly #options: StartsOptions

  constructor(options: StartsOptions) {
    this.#options = options
  }

  async spawn({ session }: TerminalSpec, program: Program): Promise<LiveTerminal> {
    const { settings, login, host, live } = this.#options
    const backend = backendOf(session.terminal.backend, settings.backend)
    const tmux = backend === 'tmux' ? await findTmux(settings, await login) : undefined
    const link = await host.connected()
    const { secret, secretFile, ...rest } = program
    const { cols, rows } = session.terminal
    const meta: TerminalMeta = { secret, cwd: program.cwd, ...(secret && { shell: program.file }) }
    const size = { cols, rows }
    const request = { id: session.id, ...rest, ...size, ...this.#kept(meta), ...(tmux && { tmux }) }
    await link
      .spawn(request, hosted => live.add(session, link, hosted))
      .catch(error => {
        if (secretFile) removeSecrets(secretFile)
        throw error
      })
    const started = live.get(session.id)
    if (secretFile) void started.ended.then(() => removeSecrets(secretFile))
    return started
  }

  async adopt({ session, existing }: TerminalSpec): Promise<LiveTerminal> {
    const { settings, sink, host, live } = this.#options
    const login = await this.#options.login
    const { program } = await findTmux(settings, login)
    const tmux = paneToAdopt(existing, program, login)
    const link = await host.connected()
    const request = { id: session.id, ...this.#kept({ secret: null, cwd: '' }), tmux }
    await link.adopt(request, hosted => live.add(session, link, hosted))
    const adopted = live.get(session.id)
    sink.changed(session.id, { cwd: adopted.facts.cwd })
    return adopted
  }

  /** What the host keeps of a terminal, and how much of its output. */
  #kept(meta: TerminalMeta): { readonly meta: TerminalMeta; readonly retention: Retention } {
    const { highWaterBytes, ringBytes, pauseMs } = this.#options.settings
    return { meta, retention: { highWaterBytes, ringBytes, pauseMs } }
  }
}
