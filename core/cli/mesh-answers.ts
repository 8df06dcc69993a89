import { existsSync, readFileSync } from 'node:fs'
import { TeleclaudeError } from '../errors.ts'
import { MIN_SECRET_LENGTH, newMeshSecret } from '../mesh/mesh-secret.ts'
import type { Check, Questions } from './ask.ts'
import type { Cli } from './context.ts'
import { meshSecretPath, REDIS_URL, readMeshSecret } from './mesh-files.ts'

/** How a computer is to be connected with others. */
export interface MeshAnswers {
  /** Null where the environment has it. */
  readonly redisUrl: string | null
  readonly secret: string
  readonly isNew: boolean
}

export interface MeshOptions {
  /** Connect, with a secret of its own. */
  readonly mesh: boolean
  /** Connect, with the secret of another computer. */
  readonly join: boolean
  /** Where the other computer's secret is, instead of asking for it. */
  readonly secretFile: string | undefined
}

/** Null where the computer is to stay alone. */
export async function askForMesh(
  questions: Questions,
  options: MeshOptions,
  cli: Cli,
): Promise<MeshAnswers | null> {
  const isWanted = options.mesh || options.join || options.secretFile !== undefined
  if (!isWanted && !(await questions.confirm('Connect it with your other computers, through Redis?')))
    return null
  const redisUrl = await askForUrl(questions, cli)
  const isJoining = options.join || options.secretFile !== undefined
  const kept = readMeshSecret(cli.env)
  if (!isJoining) return { redisUrl, secret: kept ?? newMeshSecret(), isNew: kept === null }
  const secret = await joiningSecret(questions, options.secretFile)
  if (kept !== null && kept !== secret) throw otherSecret(meshSecretPath(cli.env))
  return { redisUrl, secret, isNew: false }
}

async function askForUrl(questions: Questions, { env }: Cli): Promise<string | null> {
  if (env[REDIS_URL]) return null
  const url = await questions.askHidden(
    `URL of the Redis server, e.g. rediss://user:password@host:6379`,
    redisUrl,
  )
  return url || null
}

const redisUrl: Check = answer =>
  answer === '' || /^(rediss?:\/\/\S+|\/\S+)$/.test(answer)
    ? null
    : 'it begins with redis:// or rediss://, or is the path of a socket; leave it empty to set it later'

/** The secret of another computer, from a file or from whoever is asked. @throws TC_ERR_SECRET */
export async function joiningSecret(questions: Questions, path: string | undefined): Promise<string> {
  const secret =
    path === undefined
      ? await questions.askHidden('The mesh secret, as mesh.secret on a computer that has it', secretLength)
      : readSecret(path)
  const problem = secretLength(secret)
  if (problem === null) return secret
  throw new TeleclaudeError('TC_ERR_SECRET', `${path ?? 'give it with --secret-file <path>'}: ${problem}`)
}

function readSecret(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  throw new TeleclaudeError('TC_ERR_SECRET', `there is no file ${path} to take the mesh secret from`)
}

/** What is wrong with a secret, or null. */
export const secretLength: Check = secret =>
  secret.length < MIN_SECRET_LENGTH
    ? `a mesh secret has at least ${MIN_SECRET_LENGTH} characters; this has ${secret.length}`
    : null

function otherSecret(path: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_SECRET',
    `${path} holds another mesh secret already. To change it, run: teleclaude mesh rotate --join`,
  )
}
