import { readFileSync } from 'node:fs'
import { messageOf, TeleclaudeError } from '../errors.ts'
import { MIN_SECRET_LENGTH, newMeshSecret } from '../mesh/mesh-secret.ts'
import type { Check, Questions } from './ask.ts'
import type { Cli } from './context.ts'
import { meshSecretPath, REDIS_URL, readMeshSecret, readRedisUrl } from './mesh-files.ts'

/** How a computer is to be connected with others. */
export interface MeshAnswers {
  /** Null where the environment has it, or `.env`, or nobody yet. */
  readonly redisUrl: string | null
  readonly secret: string
  /** It was there before. */
  readonly isKept: boolean
  /** The others are to take it. */
  readonly isToShare: boolean
}

export interface MeshOptions {
  /** Connect, with a secret of its own. */
  readonly mesh: boolean
  /** Connect, with the secret of another computer. */
  readonly join: boolean
  /** Where the other computer's secret is, instead of asking for it. */
  readonly secretFile: string | undefined
}

/** Whether the line already says that the computer is to be connected. */
export function wantsMesh({ mesh, join, secretFile }: MeshOptions): boolean {
  return mesh || join || secretFile !== undefined
}

/** Null where the computer is to stay alone. */
export async function askForMesh(
  questions: Questions,
  options: MeshOptions,
  configPath: string,
  cli: Cli,
): Promise<MeshAnswers | null> {
  const isWanted =
    wantsMesh(options) || (await questions.confirm('Connect it with your other computers, through Redis?'))
  if (!isWanted) return null
  const kept = readMeshSecret(cli.env)
  const isJoining = await joins(questions, options, kept)
  const redisUrl = await askForUrl(questions, configPath, cli)
  const isKept = kept !== null
  if (!isJoining) return { redisUrl, secret: kept ?? newMeshSecret(), isKept, isToShare: true }
  const secret = await joiningSecret(questions, options.secretFile)
  if (isKept && kept !== secret) throw otherSecret(meshSecretPath(cli.env), cli)
  return { redisUrl, secret, isKept, isToShare: false }
}

async function joins(questions: Questions, options: MeshOptions, kept: string | null): Promise<boolean> {
  if (wantsMesh(options)) return !options.mesh
  return kept === null && (await questions.confirm('Does one of them have the mesh secret already?'))
}

async function askForUrl(questions: Questions, configPath: string, { env }: Cli): Promise<string | null> {
  if (env[REDIS_URL] || readRedisUrl(configPath)) return null
  const url = await questions.askHidden(
    'URL of the Redis server, e.g. rediss://user:password@host:6379; empty to set it later',
    redisUrl,
  )
  return url || null
}

const redisUrl: Check = answer =>
  answer === '' || answer.startsWith('/') || (URL.canParse(answer) && /^(rediss?|unix):\/\/./.test(answer))
    ? null
    : 'it is redis://host:6379 or rediss://user:password@host:6379, or the path of a socket'

/** The secret of another computer, from a file or from whoever is asked. @throws TC_ERR_SECRET */
export async function joiningSecret(questions: Questions, path: string | undefined): Promise<string> {
  if (path === undefined)
    return await questions.askHidden(
      'The mesh secret, as mesh.secret holds it on a computer that has it',
      secretLength,
    )
  const secret = readSecret(path)
  const problem = secretLength(secret)
  if (problem === null) return secret
  throw new TeleclaudeError('TC_ERR_SECRET', `${path}: ${problem}`)
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    const message = `cannot take the mesh secret from ${path}: ${messageOf(cause)}`
    throw new TeleclaudeError('TC_ERR_SECRET', message, { cause })
  }
}

/** What `mesh.rotate` takes, too. */
const MAX_SECRET_LENGTH = 1024

/** What is wrong with a secret, or null. */
const secretLength: Check = ({ length }) => {
  if (length < MIN_SECRET_LENGTH)
    return `a mesh secret has at least ${MIN_SECRET_LENGTH} characters; this has ${length}`
  return length > MAX_SECRET_LENGTH ? `a mesh secret has at most ${MAX_SECRET_LENGTH} characters` : null
}

function otherSecret(path: string, { commandLine }: Cli): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_SECRET',
    `${path} holds another mesh secret already. To change it: ${commandLine} mesh rotate --join; or move it away, if no daemon uses it`,
  )
}
