import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadedConfig } from '../config/load-config.ts'
import { fail, type Look, ok, warn } from '../host/finding.ts'
import { MAX_SKEW_MS } from '../mesh/messages.ts'
import type { PeerFacts } from '../mesh/peer-operations.ts'
import { TransportService } from '../transport.ts'
import type { Cli } from './context.ts'
import { daemonStatusIfRunning } from './daemon-status.ts'
import { shellQuote } from './installation.ts'

/** Clocks that differ by less are no concern of people. */
const SHOWN_SKEW_MS = 10_000

/** Looks whether others can read the files that hold secrets. */
export async function checkSecrets(loading: Promise<LoadedConfig>): Look {
  const loaded = await loading.catch(() => null)
  const files = loaded ? secretFiles(loaded) : []
  if (files.length === 0) return null
  const open = files.filter(file => (statSync(file).mode & 0o077) !== 0)
  if (open.length === 0) return ok(`only you can read ${files.join(', ')}`)
  return warn(`others can read ${open.join(', ')}`, `chmod 600 ${open.map(shellQuote).join(' ')}`)
}

function secretFiles({ source, dir, secrets, meshSecretFile }: LoadedConfig): readonly string[] {
  const dotEnv = join(dir, '.env')
  const holds = (file: string) => [...secrets.revealed].some(one => readFileSync(file, 'utf8').includes(one))
  const isUsed = source !== null && existsSync(dotEnv) && holds(dotEnv)
  return [...(meshSecretFile ? [meshSecretFile] : []), ...(isUsed ? [dotEnv] : [])]
}

/** Asks the daemon, where one runs, whether other computers can be reached. */
export async function checkMesh(cli: Cli, loading: Promise<LoadedConfig>): Look {
  const loaded = await loading.catch(() => null)
  const status = await daemonStatusIfRunning(cli).catch(() => null) // `daemon` tells
  if (!status) return loaded ? secretless(loaded, cli) : null
  if (!status.mesh) return loaded?.config.mesh.secret === undefined ? null : unconnected(cli)
  if (status.mesh.problem !== null) return warn(status.mesh.problem)
  const { peers } = await cli.daemon.call<{ peers: readonly PeerFacts[] }>('peers.list', {})
  const online = peers.filter(peer => peer.status === 'online').length
  const message = `${online} of ${peers.length} other computers online`
  const skewed = peers.filter(peer => Math.abs(peer.clock_skew_ms ?? 0) >= SHOWN_SKEW_MS)
  // Who was revoked was so on purpose.
  const ill = peers.filter(peer => peer.problem !== null && peer.status !== 'revoked')
  if (ill.length + skewed.length === 0) return ok(message)
  const lines = [...ill.map(peer => `${peer.name}: ${peer.problem}`), ...skewed.map(clockLine)]
  return warn([message, ...lines].join('\n'), skewed.length > 0 ? SET_CLOCKS : undefined)
}

const SET_CLOCKS = 'Have every clock set by itself, e.g.: sudo timedatectl set-ntp true'

function clockLine({ name, clock_skew_ms: skew }: PeerFacts): string {
  const seconds = Math.round(Math.abs(skew ?? 0) / 1000)
  const side = (skew ?? 0) > 0 ? 'ahead of' : 'behind'
  return `${name}: its clock is ${seconds} s ${side} this one's; ${MAX_SKEW_MS / 1000} s are tolerated`
}

/** What keeps a daemon with these plugins from starting. */
function secretless({ plugins, config, source }: LoadedConfig, { commandLine }: Cli) {
  const connects = plugins.find(({ definition }) => definition.provides?.includes(TransportService))
  if (!connects || config.mesh.secret !== undefined) return null
  const what = `${connects.definition.name} connects computers, and there is no mesh secret: the daemon does not start so`
  const named = source === null ? '' : ` in ${source}`
  return fail(what, `Make one: ${commandLine} init --mesh; or write mesh: { secret: file('path') }${named}`)
}

function unconnected({ commandLine }: Cli) {
  return warn(
    'there is a mesh secret, and no plugin of the running daemon connects computers',
    `See that redis(…) is among the plugins, then: ${commandLine} stop && ${commandLine} start`,
  )
}
