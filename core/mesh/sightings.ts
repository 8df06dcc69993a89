import { COMPUTER_NAME } from '../config/computer-name.ts'
import type { Announcement } from '../transport.ts'
import { type HeartbeatFacts, openHeartbeat } from './heartbeat.ts'
import type { MeshSecret } from './mesh-secret.ts'
import type { MeshSecrets } from './mesh-secrets.ts'

/** What stands announced under one name, sealed by somebody who knows a secret. */
export interface Sighting {
  readonly heartbeat: HeartbeatFacts
  readonly publicKey: Uint8Array
  readonly secret: MeshSecret
}

/** What a listing shows. */
export interface Sightings {
  readonly byName: ReadonlyMap<string, Sighting>
  /** How many announcements could not be opened. */
  readonly strangers: number
}

/** Whoever can write to the carrier can announce any number of names; so many are looked at. */
const MAX_ANNOUNCED = 4000
const KEY_BYTES = 32

interface Opened {
  readonly bytes: Uint8Array
  /** The secrets that it was tried with. */
  readonly secretIds: string
  readonly sighting: Sighting | null
}

/** Opens what is announced; what has not changed since the last time is not opened again. */
export function createSightings(parts: {
  readonly self: string
  readonly secrets: MeshSecrets
  /** Computers that are looked at before others. */
  readonly isKnown: (name: string) => boolean
}): (announcements: readonly Announcement[]) => Sightings {
  const { self, secrets, isKnown } = parts
  let opened = new Map<string, Opened>()

  const open = (name: string, bytes: Uint8Array, all: readonly MeshSecret[], secretIds: string): Opened => {
    const before = opened.get(name)
    if (before && before.secretIds === secretIds && Buffer.compare(before.bytes, bytes) === 0) return before
    return { bytes, secretIds, sighting: look(bytes, name, all) }
  }
  return announcements => {
    const all = secrets.all()
    const secretIds = all.map(({ id }) => id).join(' ')
    const now = new Map<string, Opened>()
    for (const { computer, heartbeat } of inBounds(announcements, isKnown)) {
      if (heartbeat && computer !== self && COMPUTER_NAME.test(computer) && !now.has(computer))
        now.set(computer, open(computer, heartbeat, all, secretIds))
    }
    opened = now
    return summed(now)
  }
}

function inBounds(
  announcements: readonly Announcement[],
  isKnown: (name: string) => boolean,
): readonly Announcement[] {
  if (announcements.length <= MAX_ANNOUNCED) return announcements
  const known = announcements.filter(({ computer }) => isKnown(computer))
  const unknown = announcements.filter(({ computer }) => !isKnown(computer))
  return [...known, ...unknown.slice(0, MAX_ANNOUNCED)]
}

function look(bytes: Uint8Array, name: string, secrets: readonly MeshSecret[]): Sighting | null {
  const opened = openHeartbeat(bytes, name, secrets)
  if (!opened) return null
  const publicKey = Buffer.from(opened.heartbeat.public_key, 'base64')
  return publicKey.length === KEY_BYTES ? { ...opened, publicKey } : null
}

function summed(opened: ReadonlyMap<string, Opened>): Sightings {
  const byName = new Map<string, Sighting>()
  let strangers = 0
  for (const [name, { sighting }] of opened) {
    if (sighting) byName.set(name, sighting)
    else strangers += 1
  }
  return { byName, strangers }
}
