import { escapeHtml } from '../../text/index.ts'
import type { Command } from './command.ts'

/** @param commands the others */
export function createHelp(commands: readonly Command[]): Command {
  const inSession = commands.filter(({ isInSession }) => isInSession).map(lineOf)
  const anywhere = commands.filter(({ isInSession }) => !isInSession).map(lineOf)
  const text = [
    'Every session has a topic. What you write there is typed into it, with Enter; <code>//x</code> types <code>/x</code>. A file that you send is saved on its computer, and its path is typed.',
    ['<b>In the topic of a session</b>', ...inSession].join('\n'),
    ['<b>Anywhere</b>', ...anywhere].join('\n'),
  ].join('\n\n')
  return {
    name: 'help',
    summary: 'Say what there is',
    isInSession: false,
    run: (_, { reply }) => reply(text),
  }
}

function lineOf({ name, usage, summary }: Command): string {
  const args = usage ? ` <i>${escapeHtml(usage)}</i>` : ''
  return `/${name}${args} – ${escapeHtml(summary)}`
}
