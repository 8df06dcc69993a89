import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { type Finding, isTeleclaudeError } from '../../../core/index.ts'
import { isIntegrated } from '../shell/integration.ts'
import type { Environment } from '../shell/login-environment.ts'
import { type Program, programOf } from '../shell/program.ts'
import { isOlder, versionOf } from './versions.ts'

const name = 'shell'
/** Prompt marks need PS0 of bash, the hooks of zsh, and the events of fish that came with these. */
const OLDEST: Readonly<Record<string, string>> = { bash: '4.4', zsh: '5.1', fish: '3.4' }

/** The shell that a session gets which names none, or what keeps it from one. */
export async function checkShell(
  login: Environment,
  defaultShell: string | undefined,
): Promise<{ readonly program: Program | null; readonly findings: readonly Finding[] }> {
  const found: Finding[] = []
  // What the daemon is started with counts, too.
  if (!defaultShell && login.SHELL && !existsSync(login.SHELL)) {
    const message = `your login shell ${login.SHELL} does not exist; sessions get bash`
    found.push({ name, state: 'warn', message, fix: 'Choose one with: chsh' })
  }
  const program = await shellProgram(login, defaultShell).catch(error => {
    if (!isTeleclaudeError(error)) throw error
    const fix = defaultShell
      ? 'Correct defaultShell in the configuration'
      : 'Install bash, or set defaultShell'
    found.push({ name, state: 'fail', message: error.message, fix })
    return null
  })
  if (program) found.push(await judge(program))
  return { program, findings: found }
}

/** As the daemon starts it, in the home folder. */
async function shellProgram(login: Environment, defaultShell: string | undefined): Promise<Program> {
  // What `programOf` reads of a specification.
  const session = { command: null, terminal: { cwd: '/' } }
  const spec = { session, env: { TELECLAUDE_SESSION_ID: 'doctor' } } as unknown as Parameters<
    typeof programOf
  >[0]
  return await programOf(spec, login, defaultShell)
}

async function judge({ file, env }: Program): Promise<Finding> {
  const shell = basename(file)
  if (!isIntegrated(file)) {
    const message = `${file} cannot mark its prompts: the end of a command is guessed from silence`
    return { name, state: 'warn', message, fix: `Set defaultShell to ${Object.keys(OLDEST).join(', ')}` }
  }
  const oldest = OLDEST[shell] ?? '0'
  try {
    const version = await versionOf(file, '--version', env)
    if (version === null || !isOlder(version, oldest))
      return { name, state: 'ok', message: `${file} ${version ?? ''}`.trim() }
    const message = `${file} ${version} is older than ${oldest}: the end of a command is not exact`
    return { name, state: 'warn', message, fix: `Install a newer ${shell}` }
  } catch {
    const message = `${file} does not run: it was asked for its version in vain`
    return { name, state: 'fail', message, fix: `Install ${shell} again, or set defaultShell` }
  }
}
