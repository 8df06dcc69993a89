import type { Command } from 'commander'
import type { Cli } from './context.ts'

/** One command of the command line. `words` follow `teleclaude`. */
export interface Verb {
  readonly words: string
  readonly summary: string
  /** What is given by place, for one that parses its own line: as `completion` is to know it. */
  readonly positional?: readonly string[] | undefined
  /** Imports what it needs; only the verb that runs is loaded. */
  load(): Promise<VerbModule>
}

/** A verb whose line is parsed by commander, or one that takes the rest of the line as it is. */
export type VerbModule = ParsedVerb | RawVerb

export interface ParsedVerb {
  /** Declares arguments and options. */
  configure(command: Command): void
  /** Settles with the exit code; 0 if with none. */
  run(line: ParsedLine, cli: Cli): Promise<number | undefined>
}

export interface RawVerb {
  runRaw(argv: readonly string[], cli: Cli): Promise<number>
}

export interface ParsedLine {
  /** What was given by place, in the order declared. */
  readonly args: readonly unknown[]
  /** By their names in camelCase. Declared by `configure`, so the verb knows their types. */
  readonly options: Readonly<Record<string, unknown>>
}
