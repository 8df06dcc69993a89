import type { Announcement, Intake, Presence } from '../transport.ts'
import { type Envelopes, readHeader } from './envelope.ts'
import { openHeartbeat } from './heartbeat.ts'
import type { MeshSecrets } from './mesh-secrets.ts'
import type { MeshTail } from './tail.ts'

/** Envelopes that are shown as they are sealed and opened. */
export function tapEnvelopes(envelopes: Envelopes, tail: MeshTail, self: string): Envelopes {
  return {
    seal(to, draft) {
      const sealed = envelopes.seal(to, draft)
      const { kind, id, body } = draft
      if (tail.isWatched) {
        const outcome = outcomeOf(kind, body)
        tail.note({
          direction: 'out',
          kind,
          from: self,
          to: to.name,
          id,
          bytes: sealed.length,
          outcome,
          body,
        })
      }
      return sealed
    },
    open(bytes, header, from) {
      const body = envelopes.open(bytes, header, from)
      const { kind, id, to } = header
      // What cannot be opened is told with the reason, when it was not taken in.
      if (tail.isWatched && body !== null && body !== undefined) {
        const outcome = outcomeOf(kind, body)
        tail.note({ direction: 'in', kind, from: header.from, to, id, bytes: bytes.length, outcome, body })
      }
      return body
    },
  }
}

function outcomeOf(kind: string, body: unknown): string | null {
  if (kind !== 'response') return null
  // As far as it is what it should be.
  const { status, error } = (body ?? {}) as { status?: unknown; error?: { code?: unknown } }
  return String(error?.code ?? status)
}

/** An intake of which is shown what it does not take in, and why. */
export function tapIntake(intake: Intake, tail: MeshTail, self: string): Intake {
  return {
    get position() {
      return intake.position
    },
    lost: what => intake.lost(what),
    async take(mail) {
      const problem = await intake.take(mail)
      if (problem === null || !tail.isWatched) return problem
      const header = mail.bytes && readHeader(mail.bytes)
      const { kind = 'unknown', from = 'unknown', to = self, id = null } = header || {}
      const bytes = mail.bytes?.length ?? 0
      tail.note({ direction: 'in', kind, from, to, id, bytes, outcome: problem, body: null })
      return problem
    },
  }
}

/** A presence whose heartbeats are shown: of each computer, every one once. */
export function tapPresence(
  presence: Presence,
  tail: MeshTail,
  { self, secrets }: { readonly self: string; readonly secrets: Pick<MeshSecrets, 'all'> },
): Presence {
  let shown = new Map<string, number>()
  const show = (direction: 'in' | 'out', from: string, sealed: Uint8Array): number | null => {
    const opened = openHeartbeat(sealed, from, secrets.all())
    const at = opened?.heartbeat.at ?? 0
    if (direction === 'in' && shown.get(from) === at) return at
    const outcome = opened ? null : 'sealed under another mesh secret, or no heartbeat'
    const bytes = sealed.length
    const body = opened?.heartbeat ?? null
    tail.note({ direction, kind: 'heartbeat', from, to: null, id: null, bytes, outcome, body })
    return at
  }
  const showAll = (announcements: readonly Announcement[]): void => {
    const seen = new Map<string, number>()
    for (const { computer, heartbeat } of announcements) {
      if (heartbeat === null || computer === self) continue
      seen.set(computer, show('in', computer, heartbeat) ?? 0)
    }
    shown = seen
  }
  return {
    intervalMs: presence.intervalMs,
    ttlMs: presence.ttlMs,
    announce(computer, heartbeat, expected) {
      if (tail.isWatched) show('out', computer, heartbeat)
      return presence.announce(computer, heartbeat, expected)
    },
    withdraw: (computer, heartbeat) => presence.withdraw(computer, heartbeat),
    async list(known) {
      const announcements = await presence.list(known)
      if (tail.isWatched) showAll(announcements)
      return announcements
    },
    forget: computer => presence.forget(computer),
  }
}
