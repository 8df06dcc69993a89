import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { COMPUTER_NAME, defaultComputerName } from '../config/computer-name.ts'
import { DEFAULT_PLUGINS } from '../config/schema.ts'
import { type Check, Questions } from './ask.ts'
import type { ConfigAnswers } from './config-source.ts'
import type { Cli } from './context.ts'
import { askForMesh, type MeshAnswers, type MeshOptions, wantsMesh } from './mesh-answers.ts'
import { meshSecretRef } from './mesh-files.ts'

/** What `init` was told. */
export interface InitAnswers {
  /** Null where the configuration that is there is to stay. */
  readonly config: ConfigAnswers | null
  /** Null for a computer that stays alone. */
  readonly mesh: MeshAnswers | null
}

/** Asks what is to be written; a configuration that is there stays, unless whoever is asked says otherwise. */
export async function askForInit(
  path: string,
  takesDefaults: boolean,
  options: MeshOptions,
  cli: Cli,
): Promise<InitAnswers> {
  const questions = new Questions(cli, takesDefaults, options.join ? '--yes --secret-file <path>' : '--yes')
  try {
    const stays = existsSync(path) && !(await questions.confirm(`${path} is there already. Overwrite it?`))
    if (stays && !wantsMesh(options)) return { config: null, mesh: null }
    const config = stays ? null : await askForConfig(questions)
    const mesh = await askForMesh(questions, options, path, cli)
    return { config: config && mesh ? inMesh(config, cli) : config, mesh }
  } finally {
    questions[Symbol.dispose]()
  }
}

async function askForConfig(questions: Questions): Promise<ConfigAnswers> {
  const computer = await questions.ask('Name of this computer', defaultComputerName(), computerName)
  const plugins = await questions.ask('Plugins', DEFAULT_PLUGINS.join(', '), defaultPlugins)
  const shell = await questions.ask('Shell of new sessions (empty: your login shell)', '', absoluteOrNothing)
  const cwd = await questions.ask('Folder of new sessions', '~', folderOrNothing)
  const projects = await questions.ask('Project folders, separated by commas', '', folders)
  return {
    computer,
    plugins: list(plugins),
    shell,
    cwd: cwd === '~' ? '' : cwd,
    projects: list(projects),
    meshSecret: null,
  }
}

/** What connects computers, and what is of use only then. */
const MESH_PLUGINS = ['redis', 'files', 'ports']

function inMesh(config: ConfigAnswers, { env }: Cli): ConfigAnswers {
  return { ...config, plugins: [...config.plugins, ...MESH_PLUGINS], meshSecret: meshSecretRef(env) }
}

const computerName: Check = answer =>
  COMPUTER_NAME.test(answer) ? null : 'lower-case letters, digits and dashes, at most 32'

const defaultPlugins: Check = answer => {
  const unknown = list(answer).filter(name => !DEFAULT_PLUGINS.includes(name))
  return unknown.length > 0 ? `${unknown.join(', ')}: not one of ${DEFAULT_PLUGINS.join(', ')}` : null
}

const absoluteOrNothing: Check = answer =>
  answer === '' || existsSync(answer) ? null : `${answer} does not exist`

const folderOrNothing: Check = answer => absoluteOrNothing(answer.replace(/^~(?=$|\/)/, homedir()))

const folders: Check = answer => list(answer).map(folderOrNothing).find(Boolean) ?? null

function list(answer: string): string[] {
  return answer
    .split(',')
    .map(item => item.trim())
    .filter(Boolean)
}
