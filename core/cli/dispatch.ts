import { TeleclaudeError } from '../errors.ts'
import type { Cli } from './context.ts'
import { EXIT } from './exit-codes.ts'
import type { FoundVerb } from './verb-table.ts'

/** Runs the verb that a line names; settles with the exit code. @throws TC_ERR_INVALID_INPUT for a line that names none */
export async function dispatch(argv: readonly string[], cli: Cli): Promise<number> {
  if (argv[0] === '__complete')
    return await (await import('./commands/completion-words.ts')).complete(argv.slice(1), cli)
  const { allVerbs, findVerb } = await import('./verb-table.ts')
  const line = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  const found = await findVerb(line, cli)
  if (found) return await runVerb(found, cli)

  const { overview, suggest } = await import('./help.ts')
  const verbs = await allVerbs(cli)
  const words = wordsOf(line)
  const asked = words.length < line.length && isHelp(line[words.length])
  if (words.length === 0 && !asked && line.length > 0) throw unknown(`option '${line[0]}'`, cli)

  const group = words[0] ?? ''
  if (words.length <= 1 && (group === '' || verbs.some(verb => verb.words.startsWith(`${group} `)))) {
    const text = overview(verbs, cli, group)
    if (asked) await cli.print(text)
    else cli.stderr.write(text)
    return asked ? EXIT.ok : EXIT.usage
  }
  const { pluginOfVerb } = await import('./verb-left-out.ts')
  const plugin = await pluginOfVerb(words)
  if (plugin !== undefined) throw leftOut(words[0] ?? '', plugin)
  throw unknown(`command '${words.join(' ')}'`, cli, suggest(words.slice(0, 2).join(' '), verbs))
}

async function runVerb({ verb, rest }: FoundVerb, cli: Cli): Promise<number> {
  const loaded = await verb.load()
  if ('runRaw' in loaded) return await loaded.runRaw(rest, cli)
  // A verb of a plugin parses its own line: in each agent's process the parser would only take room.
  const { runParsed } = await import('./parse-line.ts')
  return await runParsed(verb, loaded, rest, cli)
}

function wordsOf(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex(word => word.startsWith('-'))
  return end < 0 ? argv : argv.slice(0, end)
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h'
}

function leftOut(word: string, plugin: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `'${word}' comes with the plugin '${plugin}', which the configuration does not name. Add it to the plugins there.`,
  )
}

function unknown(what: string, { commandLine }: Cli, meant?: string): TeleclaudeError {
  const hint = meant ? `Did you mean '${meant}'?` : `See: ${commandLine} --help`
  return new TeleclaudeError('TC_ERR_INVALID_INPUT', `unknown ${what}. ${hint}`)
}
