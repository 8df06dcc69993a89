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
  const ranked = verbs
    .map(({ words }) => ({ words, distance: distance(typed, words) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best && best.distance <= Math.max(2, typed.length / 3) ? best.words : undefined
}

/** How many letters must be added, taken away or changed to make one text of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(swap, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    before = row
  }
  return before[b.length] ?? 0
}
