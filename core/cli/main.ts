import { createCli } from './context.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { listenForInterrupts } from './interrupts.ts'
import { reportError } from './report-error.ts'
import { PipeClosed } from './streams.ts'

interface Globals {
  readonly configPath: string | undefined
  readonly rest: readonly string[]
}

process.exit(await main(process.argv.slice(2)))

async function main(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === '--version' || argv[0] === '-V') return await printVersion()
    const { configPath, rest } = takeGlobals(argv)
    const interrupts = listenForInterrupts(process, () => process.exit(EXIT.interrupted))
    const cli = createCli({ process, interrupts, configPath })
    const { dispatch } = await import('./dispatch.ts')
    return await dispatch(rest, cli)
  } catch (thrown) {
    if (thrown instanceof PipeClosed) return EXIT.ok
    process.stderr.write(reportError(thrown, wantsJson(argv)))
    return exitCodeOf(thrown)
  }
}

async function printVersion(): Promise<number> {
  const { VERSION } = await import('../version.ts')
  process.stdout.write(`${VERSION}\n`)
  return EXIT.ok
}

/** `--config` may stand before the verb. */
function takeGlobals(argv: readonly string[]): Globals {
  const [first, second] = argv
  if (first === '--config') return { configPath: second, rest: argv.slice(2) }
  if (first?.startsWith('--config='))
    return { configPath: first.slice('--config='.length), rest: argv.slice(1) }
  return { configPath: undefined, rest: argv }
}

/** Also where the line could not be parsed. What follows `--` is not ours. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? undefined : end).includes('--json')
}
