import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { messageOf, TeleclaudeError, type TerminalSpec } from '../../../core/index.ts'
import { INTEGRATED_SHELLS, integrate, isIntegrated } from './integration.ts'
import type { Environment } from './login-environment.ts'

/** What to start in a terminal: checked, so that it can be started. */
export interface Program {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Environment
  /** Set where the program marks its prompts. */
  readonly secret: string | null
  /** To be removed when the program has ended without having read it. */
  readonly secretFile?: string
}

const OWN_VARIABLES: Environment = {
  TERM: 'xterm-256color',
  COLORTERM: 'truecolor',
  TERM_PROGRAM: 'teleclaude',
}

/**
 * @param secrets folder of files that only the programs of this computer's sessions are meant to read
 * @throws TC_ERR_CWD, TC_ERR_COMMAND_NOT_FOUND
 */
export async function programOf(
  spec: TerminalSpec,
  login: Environment,
  defaultShell?: string,
  secrets: string = tmpdir(),
): Promise<Program> {
  const { command, shell, terminal } = spec.session
  const env: Environment = { ...login, ...OWN_VARIABLES, ...spec.env }
  const cwd = await checkedCwd(terminal.cwd || env.HOME || '/')
  const at = { cwd, env: { ...env, PWD: cwd } }
  if (command !== null && typeof command !== 'string') return runVector(command, at)
  const file = await findShell(shell ?? defaultShell, login.SHELL, at)
  if (command !== null) return { file, args: ['-lc', command], ...at, secret: null }
  if (!isIntegrated(file)) return { file, args: [], ...at, secret: null }
  const { env: own, ...integrated } = integrate(file, at.env, secrets)
  return { file, ...integrated, cwd, env: { ...at.env, ...own, SHELL: file } }
}

interface Place {
  readonly cwd: string
  readonly env: Environment
}

/** The one that was asked for, else the user's own where it can mark its prompts, else the first here that can. */
async function findShell(
  asked: string | undefined,
  own: string | undefined,
  { cwd, env }: Place,
): Promise<string> {
  const find = (name: string) => findExecutable(name, env.PATH, cwd, 'The shell')
  if (asked) return find(asked)
  const names = own && isIntegrated(own) ? [own, ...INTEGRATED_SHELLS] : INTEGRATED_SHELLS
  for (const name of names) {
    const file = await find(name).catch(() => null)
    if (file) return file
  }
  return find('bash')
}

async function runVector([name, ...args]: readonly string[], at: Place): Promise<Program> {
  const file = await findExecutable(name ?? '', at.env.PATH, at.cwd, 'The command')
  return { file, args, ...at, secret: null }
}

async function checkedCwd(cwd: string): Promise<string> {
  const problem = await stat(cwd)
    .then(found =>
      found.isDirectory() ? access(cwd, constants.X_OK).then(() => null) : 'it is not a folder',
    )
    .catch(messageOf)
  if (problem === null && isAbsolute(cwd)) return cwd
  throw new TeleclaudeError(
    'TC_ERR_CWD',
    `Cannot start in '${cwd}': ${problem ?? 'it is not an absolute path'}. Give a folder that exists and that you may enter.`,
  )
}

/** Those of `names` that are in a folder of PATH. */
export async function foundIn(path: string, names: readonly string[]): Promise<readonly string[]> {
  const isFound = await Promise.all(
    names.map(async name => {
      const places = path.split(':').map(folder => isExecutable(join(folder, name)))
      return (await Promise.all(places)).includes(true)
    }),
  )
  return names.filter((_, index) => isFound[index])
}

async function findExecutable(name: string, path = '', cwd: string, what: string): Promise<string> {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : path.split(':').map(folder => join(folder || cwd, name))
  for (const candidate of name ? candidates : []) if (await isExecutable(candidate)) return candidate
  const where = name.includes('/')
    ? 'is not a program that can be executed'
    : `is in no folder of PATH (${path})`
  throw new TeleclaudeError(
    'TC_ERR_COMMAND_NOT_FOUND',
    `${what} '${name}' ${where}. Install it, or give another one.`,
  )
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
