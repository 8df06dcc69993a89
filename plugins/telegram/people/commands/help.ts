import { escapeHtml } from '../../text/index.ts'
import type { Command } from './command.ts'

/** @param commands the others */
export function createHelp(commands: readonly Command[]): Command {
  return {
    name: 'help',
    summary: 'Say what there is',
    async run(_, { reply }) {
      const lines = commands.map(({ name, usage, summary }) => {
        const args = usage ? ` <i>${escapeHtml(usage)}</i>` : ''
        return `/${name}${args} – ${escapeHtml(summary)}`
      })
      await reply(
        [
          'Every session has a topic. What you write there is typed into it, with Enter; <code>//x</code> types <code>/x</code>.',
          'A file that you send is saved on its computer, and its path is typed.',
          '',
          ...lines,
        ].join('\n'),
      )
    },
  }
}
