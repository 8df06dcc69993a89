import type { Presence } from '../transport.ts'
import { type HeartbeatFacts, openHeartbeat } from './heartbeat.ts'
import type { MeshSecrets } from './mesh-secrets.ts'

/** The claim of this computer to its name: what it has announced, and whether that stands. */
export interface NameClaim {
  /**
   * Announces, in the place of what this computer announced before. Settles with null, or with why the name is not its.
   * @throws TC_ERR_TRANSPORT
   */
  announce(bytes: Uint8Array, heartbeat: HeartbeatFacts): Promise<string | null>
  /** Takes back whatever of it stands. @throws TC_ERR_TRANSPORT */
  withdraw(): Promise<void>
}

/** Each attempt meets something else only where others announce meanwhile. */
const MAX_ATTEMPTS = 4
/** How many announcements may be under way without its being known which of them stands. */
const MAX_UNSURE = 8

export function createNameClaim(parts: {
  /** The name of this computer. */
  readonly self: string
  readonly presence: Presence
  readonly secrets: MeshSecrets
  /** The runs of this computer's daemon before this one. */
  readonly earlierBoots: readonly string[]
}): NameClaim {
  const { presence, secrets, earlierBoots } = parts
  /** Announced by this run, the newest last. All but the first may have got lost, and more than one answer too. */
  let mine: readonly Uint8Array[] = []
  let newest: HeartbeatFacts | null = null

  /** Whether what stands is this computer's own: of this run, or of one that it follows. */
  const isOwn = (there: Uint8Array, self: HeartbeatFacts): boolean => {
    if (mine.some(bytes => isSame(bytes, there))) return true
    const other = openHeartbeat(there, parts.self, secrets.all())?.heartbeat
    if (!other || other.instance !== self.instance || other.machine_boot !== self.machine_boot) return false
    // A machine that was copied while it ran has this very run: only what it announced by itself tells it apart.
    if (other.boot === self.boot) return newest !== null && other.at <= newest.at
    return earlierBoots.includes(other.boot)
  }

  const attempt = async (bytes: Uint8Array, self: HeartbeatFacts): Promise<Uint8Array | null> => {
    let expected = mine[0] ?? null
    for (let count = 1; ; count++) {
      const there = await presence.announce(parts.self, bytes, expected)
      if (!there || count === MAX_ATTEMPTS || !isOwn(there, self)) return there
      expected = there
    }
  }

  return {
    async announce(bytes, heartbeat) {
      const before = mine
      mine = [...before, bytes].slice(-MAX_UNSURE)
      const there = await attempt(bytes, heartbeat)
      if (there) {
        mine = before
        return takenBy(there, heartbeat, secrets)
      }
      mine = [bytes]
      newest = heartbeat
      return null
    },
    async withdraw() {
      for (const bytes of mine) await presence.withdraw(parts.self, bytes)
      mine = []
    },
  }
}

function takenBy(there: Uint8Array, self: HeartbeatFacts, secrets: MeshSecrets): string {
  const { name } = self
  const other = openHeartbeat(there, name, secrets.all())?.heartbeat
  const rename = `Give this computer another name ('computer.name' in its configuration).`
  if (!other) {
    return (
      `The name '${name}' is taken by somebody whose mesh secret is not known here. ${rename} ` +
      'If it is this computer from before its secret was changed, it joins within a minute by itself.'
    )
  }
  const which = `instance ${other.instance.slice(0, 16)}, announced at ${new Date(other.at).toISOString()}`
  const isTwin = other.public_key === self.public_key
  return (
    `The name '${name}' is taken by another computer that is online (${which}). ${rename}` +
    (isTwin
      ? ' The other one has the same key: if one of the two is a copy, delete the state folder of the copy as well.'
      : '')
  )
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
