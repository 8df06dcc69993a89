/**
 * Terminals: runs each session's program in a process that outlives the daemon.
 *
 * @packageDocumentation
 */
import { ConfigService, definePlugin, TerminalSinkService, TerminalsService } from '../../core/index.ts'
import { terminalOptions } from './options.ts'
import { sessionAdopt } from './tmux/session-adopt.ts'

/**
 * The terminal plugin. Provides `terminals`.
 *
 * @example plugins: [terminal({ maxSessions: 16 })]
 */
export const terminal = definePlugin({
  name: 'terminal',
  summary: 'Runs sessions in pseudo terminals that outlive the daemon.',
  options: terminalOptions,
  requires: [TerminalSinkService],
  provides: [TerminalsService],
  operations: [sessionAdopt],
  cli: [
    {
      words: 'session attach',
      summary: 'Work in a session as in a terminal of your own.',
      positional: ['session-id'],
      load: async () => (await import('./attach/attach.ts')).attach,
    },
  ],
  async checkup(options, look) {
    return await (await import('./checkup/index.ts')).checkTerminal(options, look)
  },
  async setup(ctx, options) {
    const { PtyTerminals } = await import('./terminals.ts')
    const { defaultShell } = ctx.services.get(ConfigService)
    const terminals = new PtyTerminals(ctx, { ...options, defaultShell })
    ctx.onClose(() => terminals.detach())
    ctx.provide(TerminalsService, terminals)
    await terminals.resume()
  },
})

export default terminal
