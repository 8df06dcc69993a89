import { createHash } from 'node:crypto'
import type { Audit, AuditRecord } from './audit.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'
import { principalName } from './principal.ts'

const MINUTE_MS = 60_000
/** As many operations of one who asks as a person would want to read of in a minute. */
const MAX_OPERATIONS = 20
/** Some megabytes of names at the most; more than this ask for what they do not get only where something is wrong. */
const MAX_ASKERS = 1000
/** More than a busy computer has of sessions, copies and connections at once; about a megabyte. */
const MAX_RUNS = 10_000
/** Longer than the name of any operation. */
const MAX_CHARACTERS = 60

/**
 * Writes down what is not done for whoever asks it, who may ask as often, and by whatever name, as they like: of each
 * operation one line a minute, of a bounded number of operations.
 */
export function createSparingAudit(
  audit: Audit,
  clock: Pick<Clock, 'monotonic'>,
  askerOf: (record: AuditRecord) => string = nameOfAsker,
): Audit {
  const lately = new BoundedMap<string, { readonly since: number; readonly operations: Set<string> }>(
    MAX_ASKERS,
  )
  return record => {
    const asker = askerOf(record)
    const operation = legible(record.operation)
    const known = lately.get(asker)
    const isOver = !known || clock.monotonic() - known.since >= MINUTE_MS
    const minute = isOver ? { since: clock.monotonic(), operations: new Set<string>() } : known
    if (isOver) lately.set(asker, minute)
    if (minute.operations.has(operation) || minute.operations.size >= MAX_OPERATIONS) return
    minute.operations.add(operation)
    audit({ ...record, operation })
  }
}

/**
 * Writes down once what is asked piece by piece, or over and over: the first of it, and again after a minute in which
 * it was not asked. `what` is what the pieces have in common, for whoever asks and whatever operation it is.
 */
export function createOnceAudit(audit: Audit, clock: Pick<Clock, 'monotonic'>) {
  const lately = new BoundedMap<string, number>(MAX_RUNS)
  return (record: AuditRecord, what: string): void => {
    const { operation, principal, surface, computer, session } = record
    const names = [operation, principalName(principal), surface, computer, session, what]
    // As long as a caller likes, and kept for thousands.
    const key = createHash('sha256').update(JSON.stringify(names)).digest('base64')
    const last = lately.get(key)
    lately.set(key, clock.monotonic())
    if (last === undefined || clock.monotonic() - last >= MINUTE_MS) audit(record)
  }
}

/** Whom another computer asks for is its own to say, and another one each time if it likes. */
function nameOfAsker({ principal }: AuditRecord): string {
  return principalName(principal.kind === 'peer' ? { ...principal, caller: undefined } : principal)
}

/** Anybody can have written it, for whoever reads the log in a terminal. */
function legible(name: string): string {
  return name
    .slice(0, MAX_CHARACTERS)
    .replace(/[^\x21-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
