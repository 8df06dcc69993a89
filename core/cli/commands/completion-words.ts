import { type Argument, Command, type Option } from 'commander'
import type { Cli } from '../context.ts'
import { neutralise } from '../neutralise.ts'
import type { Verb, VerbModule } from '../verb.ts'
import { allVerbs } from '../verb-table.ts'
import { type Candidate, computerCandidates, sessionCandidates } from './completion-live.ts'

/** Says that the shell is to complete the name of a file. */
const FILES = ':files'
/** More are listed by nobody. */
const MOST = 500
/** What no shell takes for anything but a word: other values are left out, whoever named them. */
const PLAIN_WORD = /^[\w.@%+=:,/-]+$/

type Found = readonly Candidate[] | typeof FILES

/**
 * The hidden verb behind Tab: prints what may stand in the place of the last word, one on a line, with a tab and a note
 * behind it. `argv` is the shell's name and what was typed behind the program's. Whatever goes wrong, nothing is said.
 */
export async function complete(argv: readonly string[], cli: Cli): Promise<number> {
  try {
    const [shell, ...given] = argv
    const words = withoutConfig(shell === 'bash' ? rejoined(given) : given)
    const last = words.at(-1) ?? ''
    const typed = shell === 'zsh' ? unopened(last) : unquoted(last)
    const found = await candidates({ words: words.slice(0, -1), typed }, cli)
    await cli.print(printed(found, shell === 'bash'))
  } catch {
    // A person in the middle of a line is not to be disturbed.
  }
  return 0
}

/** bash makes three words of `--state=live`. */
function rejoined(given: readonly string[]): readonly string[] {
  const words: string[] = []
  for (const word of given) {
    const before = words.at(-1)
    const belongs = before?.startsWith('--') && (word === '=' || before.endsWith('='))
    if (belongs) words.push(`${words.pop()}${word}`)
    else words.push(word)
  }
  return words
}

/** zsh takes away what quotes, but for a quote that is not yet closed. */
function unopened(word: string): string {
  return word.replace(/^["']/, '')
}

/** bash and fish give the word as it stands there: a title with spaces is typed in quotes, perhaps not yet closed. */
function unquoted(word: string): string {
  return unopened(word).replace(/\\(.)/g, '$1')
}

function withoutConfig(words: readonly string[]): readonly string[] {
  if (words[0] === '--config' && words.length > 2) return words.slice(2)
  return words[0]?.startsWith('--config=') && words.length > 1 ? words.slice(1) : words
}

function printed(found: Found, onlyBehindEquals: boolean): string {
  if (found === FILES) return `${FILES}\n`
  const lines = found.slice(0, MOST).flatMap(({ value, note }) => {
    const word = onlyBehindEquals ? value.replace(/^--[\w-]+=/, '') : value
    return PLAIN_WORD.test(word) ? [`${word}${note ? `\t${neutralise(note)}` : ''}\n`] : []
  })
  return lines.join('')
}

interface Line {
  /** The finished words. */
  readonly words: readonly string[]
  /** The one at which Tab was pressed. */
  readonly typed: string
}

async function candidates({ words, typed }: Line, cli: Cli): Promise<Found> {
  const verbs = await allVerbs(cli)
  const line = words[0] === 'help' ? words.slice(1) : words
  const longestFirst = [...verbs].sort((a, b) => b.words.length - a.words.length)
  const verb = longestFirst.find(one => one.words.split(' ').every((word, at) => line[at] === word))
  if (!verb) return beginning(wordsAfter(line, verbs, typed), typed)
  const rest = line.slice(verb.words.split(' ').length)
  return await ofVerb(verb, { words: rest, typed }, cli)
}

/** The next word of the verbs that begin like the line. */
function wordsAfter(line: readonly string[], verbs: readonly Verb[], typed: string): readonly Candidate[] {
  if (line.length === 0 && typed.startsWith('-')) {
    return ['--config', '--help', '--version'].map(value => ({ value, note: '' }))
  }
  const start = line.map(word => `${word} `).join('')
  const next = new Map<string, string>()
  for (const { words, summary } of verbs) {
    if (!words.startsWith(start)) continue
    const [word = '', ...more] = words.slice(start.length).split(' ')
    next.set(word, more.length > 0 ? '' : summary)
  }
  return [...next].map(([value, note]) => ({ value, note }))
}

async function ofVerb(verb: Verb, { words, typed }: Line, cli: Cli): Promise<Found> {
  // What is behind -- is another program's, or text.
  if (words.includes('--')) return FILES
  const { options, places } = shapeOf(await verb.load(), verb)
  const [, name, begun] = /^(--[\w-]+)=(.*)$/s.exec(typed) ?? []
  const option = options.find(one => one.long === (name ?? wantsValue(options, words.at(-1))))
  if (option && takesValue(option)) {
    const place = { name: option.name(), choices: option.argChoices }
    const values = await ofPlace(place, verb, begun ?? typed, cli)
    if (values === FILES || name === undefined) return values
    return values.map(({ value, note }) => ({ value: `${name}=${value}`, note }))
  }
  if (typed.startsWith('-')) return beginning(optionCandidates(options, words), typed)
  const given = words.filter((word, at) => !word.startsWith('-') && !wantsValue(options, words[at - 1]))
  const place = places[given.length] ?? (places.at(-1)?.variadic ? places.at(-1) : undefined)
  return place ? await ofPlace(place, verb, typed, cli) : []
}

interface Place {
  readonly name: string
  readonly choices?: readonly string[] | undefined
  readonly variadic?: boolean
}

function shapeOf(
  loaded: VerbModule,
  { positional = [] }: Verb,
): { readonly options: readonly Option[]; readonly places: readonly Place[] } {
  if ('runRaw' in loaded) return { options: [], places: positional.map(name => ({ name })) }
  const command = new Command()
  loaded.configure(command)
  const placeOf = (argument: Argument): Place => ({
    name: argument.name(),
    choices: argument.argChoices,
    variadic: argument.variadic,
  })
  return { options: command.options, places: command.registeredArguments.map(placeOf) }
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional
}

/** The long name of the option that `word` is, if what comes next is its value. */
function wantsValue(options: readonly Option[], word: string | undefined): string | undefined {
  if (!word?.startsWith('-')) return undefined
  return options.find(one => takesValue(one) && (one.long === word || one.short === word))?.long
}

function optionCandidates(options: readonly Option[], words: readonly string[]): readonly Candidate[] {
  const isFree = ({ long, parseArg, argChoices }: Option) =>
    // What has a parser may be repeated, as far as is known.
    long !== undefined && (!words.includes(long) || (parseArg !== undefined && !argChoices))
  const listed = options.filter(one => !one.hidden && isFree(one))
  const own = listed.map(({ long = '', description }) => ({ value: long, note: description }))
  return [...own, { value: '--help', note: 'print what this command takes' }]
}

async function ofPlace({ name, choices }: Place, verb: Verb, typed: string, cli: Cli): Promise<Found> {
  if (choices) {
    return beginning(
      choices.map(value => ({ value, note: '' })),
      typed,
    )
  }
  if (/^session(-id)?$/.test(name)) return await sessionCandidates(cli, verb.words, typed)
  if (/^(computer|peer)$/.test(name)) return beginning(await computerCandidates(cli), typed)
  return /path|cwd|config|file|folder|command|source|target/.test(name) ? FILES : []
}

function beginning(all: readonly Candidate[], typed: string): readonly Candidate[] {
  return all.filter(({ value }) => value.startsWith(typed))
}
