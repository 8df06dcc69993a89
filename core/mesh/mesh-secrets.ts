import type { Clock } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import { type MeshSecret, MIN_SECRET_LENGTH, meshSecret } from './mesh-secret.ts'
import type { MeshStore, PreviousSecret } from './mesh-store.ts'

/** The secret of the mesh, and those before it that are still taken. */
export interface MeshSecrets {
  readonly current: MeshSecret
  /** The current one first, then the previous ones within their grace time, the newest first. */
  all(): readonly MeshSecret[]
  /** By {@link MeshSecret.id}. */
  find(id: string): MeshSecret | undefined
  /**
   * Makes another secret the current one. The one until now is taken for `graceMs` more, from computers that are known:
   * none that is new can join with it; and no earlier one for longer.
   * `write` puts it where the next start finds it.
   * @throws TC_ERR_INVALID_INPUT for one that is too short, TC_ERR_STORE, TC_ERR_DISK_FULL, and what `write` throws:
   * then nothing has changed
   */
  rotate(newValue: string, graceMs: number, write?: () => void): void
}

/** Every heartbeat is sealed once under each, so there are few. */
const MAX_PREVIOUS = 4

/** `current` is the secret that the configuration has. */
export function createMeshSecrets(parts: {
  readonly current: string
  readonly store: MeshStore
  readonly clock: Clock
}): MeshSecrets {
  const { store, clock } = parts
  let current = meshSecret(parts.current)
  let previous: readonly Known[] = store.previousSecrets().map(known)

  const save = (secrets: readonly Known[]) => {
    store.savePreviousSecrets(secrets.map(one => ({ value: one.secret.value, until: one.until })))
    previous = secrets
  }
  const valid = () => previous.filter(one => one.until > clock.now() && one.secret.id !== current.id)
  const all = () => [current, ...valid().map(({ secret }) => secret)]
  if (valid().length < previous.length) save(valid())
  return {
    get current() {
      return current
    },
    all,
    find: id => all().find(secret => secret.id === id),
    rotate(newValue, graceMs, write) {
      requireLength(newValue)
      const next = meshSecret(newValue)
      if (next.id === current.id) return
      const until = clock.now() + graceMs
      const earlier = valid().map(one => ({ ...one, until: Math.min(one.until, until) }))
      const kept = [{ secret: current, until }, ...earlier]
        .filter(one => one.until > clock.now() && one.secret.id !== next.id)
        .slice(0, MAX_PREVIOUS)
      const before = previous
      save(kept)
      try {
        write?.()
      } catch (error) {
        save(before)
        throw error
      }
      current = next
    },
  }
}

interface Known {
  readonly secret: MeshSecret
  readonly until: number
}

function known({ value, until }: PreviousSecret): Known {
  return { secret: meshSecret(value), until }
}

function requireLength(value: string): void {
  if (value.length >= MIN_SECRET_LENGTH) return
  throw new TeleclaudeError(
    'TC_ERR_INVALID_INPUT',
    `a mesh secret has ${MIN_SECRET_LENGTH} characters or more, this one has ${value.length}. Let 'teleclaude mesh rotate' make one.`,
  )
}
