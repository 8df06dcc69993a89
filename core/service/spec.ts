import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { TeleclaudeError } from '../errors.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What a service manager is to run, and what it is to put around it. */
export interface ServiceSpec {
  /** The program and its arguments; the first is an absolute path. */
  readonly command: readonly string[]
  /** Nothing secret: the file can be read by every program of the user. */
  readonly env: Readonly<Record<string, string>>
  /** Where what it prints goes, on systems that keep no journal of their own. */
  readonly log: string
  /** The exit code of a daemon that would fail in the same way if it were started again. */
  readonly lastingFault: number
}

export interface ServiceSetup {
  /** The Node.js that runs this. */
  readonly node: string
  readonly nodeArguments: readonly string[]
  readonly program: string
  readonly configPath: string | null
  readonly stateDir: string
  readonly log: string
  readonly lastingFault: number
  /** The environment of whoever installs the service; little of it is taken over. */
  readonly env: Env
}

/** @throws TC_ERR_INVALID_INPUT for a path that no service file can hold */
export function serviceSpec(manager: string, setup: ServiceSetup): ServiceSpec {
  const { nodeArguments, program, configPath, stateDir, log, lastingFault } = setup
  const node = stableNode(setup.node)
  const config = configPath === null ? [] : ['--config', configPath]
  const spec = {
    command: [node, ...nodeArguments, program, 'start', '--service', manager, ...config],
    env: { PATH: servicePath(setup.env, dirname(node)), TELECLAUDE_STATE_DIR: stateDir, ...kept(setup.env) },
    log,
    lastingFault,
  }
  for (const text of [...spec.command, ...Object.values(spec.env), log]) refuseControls(text)
  return spec
}

/** What decides how text is shown, what is trusted, which configuration counts and how memory is used; by name, so that no secret slips in. */
const KEPT = [
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TELECLAUDE_ENV',
  'XDG_CONFIG_HOME',
  'NODE_EXTRA_CA_CERTS',
  'MALLOC_TRIM_THRESHOLD_',
]

function kept(env: Env): Record<string, string> {
  return Object.fromEntries(KEPT.flatMap(name => (env[name] ? [[name, env[name]]] : [])))
}

/** Where package managers keep a link to the Node.js that is current. */
const LINK_FOLDERS = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
  '/usr/bin',
] as const

/** A name of the same Node.js that outlives an upgrade of it, where there is one; Homebrew removes the versioned folder. */
export function stableNode(node: string, folders: readonly string[] = LINK_FOLDERS): string {
  const links = folders.map(folder => join(folder, 'node'))
  return links.find(link => existsSync(link) && realpathSync(link) === realpathSync(node)) ?? node
}

const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']
/** These come and go with a shell, a project or the next restart. */
const PASSING = /\/node_modules\/\.bin$|\/node-gyp-bin$|^\/run\/|^\/tmp\/|\/fnm_multishells\//

/** The folders of PATH that will still be there tomorrow, Node's own among them. */
function servicePath({ PATH = '' }: Env, nodeFolder: string): string {
  const own = PATH.split(delimiter).filter(
    folder => isAbsolute(folder) && !PASSING.test(folder) && !hasControls(folder) && canEnter(folder),
  )
  const node = own.includes(nodeFolder) ? [] : [nodeFolder]
  return [...new Set([...node, ...own, ...SYSTEM_FOLDERS])].join(delimiter)
}

function canEnter(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Tab and line break can be written in every service file, other control characters in none. */
function hasControls(text: string): boolean {
  return /[\x00-\x08\x0b-\x1f\x7f]|\p{Surrogate}/u.test(text)
}

function refuseControls(text: string): void {
  if (!hasControls(text)) return
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `${JSON.stringify(text)} has a control character, which no service file can hold. Rename it, or move the file elsewhere.`,
  )
}
