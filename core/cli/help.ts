import { closest } from '../config/closest.ts'
import type { Cli } from './context.ts'
import { EXIT_CODES } from './exit-codes.ts'
import type { Verb } from './verb.ts'

/** The overview: every verb, or those that begin with the given words. */
export function overview(verbs: readonly Verb[], { commandLine, style }: Cli, group = ''): string {
  const listed = verbs.filter(({ words }) => group === '' || words.startsWith(`${group} `))
  const widest = Math.max(...listed.map(({ words }) => words.length))
  const lines = listed.map(({ words, summary }) => `  ${style('bold', words.padEnd(widest))}  ${summary}`)
  const usage = `Usage: ${commandLine} ${group ? `${group} ` : ''}<command> [options]`
  const more = `See '${commandLine} <command> --help' for one command.`
  if (group) return [usage, '', ...lines, '', more, ''].join('\n')
  return [
    'Share terminal sessions between AI agents and people, across all of your computers.',
    '',
    usage,
    '',
    ...lines,
    '',
    'Options:',
    '  --config <path>  the configuration (else TELECLAUDE_CONFIG, else the one in ~/.config/teleclaude)',
    '  --version        print the version',
    '  --help           print this',
    '',
    'Every command that prints data takes --json. Exit codes:',
    ...EXIT_CODES.map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`),
    '',
    more,
    '',
  ].join('\n')
}

/** The verb that was probably meant, or undefined. */
export function suggest(typed: string, verbs: readonly Verb[]): string | undefined {
  return closest(
    typed,
    verbs.map(({ words }) => words),
  )
}
