import { builtinVerbs } from './builtin-verbs.ts'
import type { Cli } from './context.ts'
import type { Verb } from './verb.ts'

/** A verb and what followed its words. */
export interface FoundVerb {
  readonly verb: Verb
  readonly rest: readonly string[]
}

/**
 * Finds the verb that a line begins with; looks into plugins only if it is none of core's own, and into operations only
 * if it is no plugin's: such a verb may run for long, in a process for every agent, and does without their weight.
 */
export async function findVerb(argv: readonly string[], cli: Cli): Promise<FoundVerb | null> {
  return (
    match(argv, builtinVerbs) ?? match(argv, await pluginVerbs(cli)) ?? match(argv, await derivedVerbs(cli))
  )
}

/** Every verb: those of one word first, then the groups; core's own in the place of the operation they stand for. */
export async function allVerbs(cli: Cli): Promise<readonly Verb[]> {
  const derived = [...(await derivedVerbs(cli)), ...(await pluginVerbs(cli))]
  const own = new Map(builtinVerbs.map(verb => [verb.words, verb]))
  const isDerived = new Set(derived.map(({ words }) => words))
  const all = [
    ...builtinVerbs.filter(({ words }) => !isDerived.has(words)),
    ...derived.map(verb => own.get(verb.words) ?? verb),
  ]
  const isGrouped = ({ words }: Verb) => words.includes(' ')
  return [...all.filter(verb => !isGrouped(verb)), ...all.filter(isGrouped)]
}

function match(argv: readonly string[], verbs: readonly Verb[]): FoundVerb | null {
  const longestFirst = [...verbs].sort((a, b) => b.words.length - a.words.length)
  for (const verb of longestFirst) {
    const words = verb.words.split(' ')
    if (words.every((word, index) => argv[index] === word)) return { verb, rest: argv.slice(words.length) }
  }
  return null
}

async function pluginVerbs(cli: Cli): Promise<readonly Verb[]> {
  const { pluginDefinitions } = await import('./plugin-definitions.ts')
  return (await pluginDefinitions(cli)).flatMap(({ cli: verbs = [] }) =>
    verbs.map(({ words, summary, positional, load }) => ({
      words,
      summary,
      positional,
      load: async () => ({ runRaw: (await load()).run }),
    })),
  )
}

async function derivedVerbs(cli: Cli): Promise<readonly Verb[]> {
  const [{ loadOperations }, { operationVerb }] = await Promise.all([
    import('./operation-table.ts'),
    import('./operation-verb.ts'),
  ])
  const operations = await loadOperations(cli)
  return operations.flatMap(operation =>
    operation.cli ? [operationVerb(operation, operation.cli.words)] : [],
  )
}
