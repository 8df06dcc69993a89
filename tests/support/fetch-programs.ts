import { cacheFolder, findProgram, programHere, unfetchedVariable, type Wanted } from './debian.ts'
import { redisServer } from './redis-programs.ts'
import { systemdAnalyze, xmllint } from './service-programs.ts'
import { fish, zsh } from './shell-programs.ts'
import { tmuxProgram } from './tmux-program.ts'

/** What the tests need that is no package of npm. */
const WANTED: readonly Wanted[] = [redisServer, zsh, fish, tmuxProgram, systemdAnalyze, xmllint]

/** Runs once, before the first test, so that no test has to wait for a download. */
export default async function fetchPrograms(): Promise<void> {
  for (const wanted of WANTED) {
    try {
      if (!programHere(wanted)) await fetchProgram(wanted)
    } catch (error) {
      const { message } = error as Error // findProgram throws no others
      process.stdout.write(`${message}\nThe tests that need it will fail.\n`)
      process.env[unfetchedVariable(wanted)] = message
    }
  }
}

async function fetchProgram(wanted: Wanted): Promise<void> {
  const { name, packages } = wanted
  process.stdout.write(
    `${name} is not installed: fetching ${packages.join(' and ')} with apt-get, once, into ${cacheFolder(wanted)}\n`,
  )
  await findProgram(wanted)
}
