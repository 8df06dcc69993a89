import type { Store } from '../store/store.ts'
import type { EnvelopeHeader } from './envelope.ts'

/** What is needed of a request's envelope to answer it. */
export type Asked = Pick<EnvelopeHeader, 'from' | 'id' | 'v' | 'secret' | 'notAfter'>

/**
 * `running` from when it was taken in, `done` from when it has ended, `sent` from when the carrier has the answer.
 * The answer is JSON; null where it was too large to be kept, where it is not kept any more, and where it is unknown.
 */
export interface RequestRow extends Asked {
  readonly number: number
  readonly operation: string
  readonly isIdempotent: boolean
  readonly state: 'running' | 'done' | 'sent'
  readonly answer: string | null
}

/** The requests that were taken in. Every change is to be made within a transaction. */
export interface RequestTable {
  /** How many it remembers. */
  readonly size: number
  /** The number of a new request; null for one that is there. */
  add(asked: Asked, operation: string, isIdempotent: boolean): number | null
  find(from: string, id: string): RequestRow | undefined
  done(number: number, answer: string | null): void
  sent(number: number): void
  /** Those whose answer the carrier does not have, oldest first, without those answers. */
  unsent(): readonly Omit<RequestRow, 'answer'>[]
  /** Forgets at most `limit` of those that were valid until before `before`, the oldest first; returns how many. */
  forget(before: number, limit: number): number
}

const MIGRATIONS = [
  `CREATE TABLE mesh_requests (
     number INTEGER PRIMARY KEY,
     origin TEXT NOT NULL,
     id TEXT NOT NULL,
     v INTEGER NOT NULL,
     secret TEXT NOT NULL,
     not_after INTEGER NOT NULL,
     operation TEXT NOT NULL,
     idempotent INTEGER NOT NULL,
     state TEXT NOT NULL,
     answer TEXT,
     UNIQUE (origin, id)
   );
   CREATE INDEX mesh_requests_answers ON mesh_requests (number) WHERE answer IS NOT NULL;`,
]

/** Answers in all, in bytes of JSON: what would be asked for again after a loss of the carrier, and much more. */
const MAX_KEPT_BYTES = 16 * 2 ** 20
/** How many answers are dropped at a time. */
const DROPPED_AT_ONCE = 64

const COLUMNS = 'number, origin, id, v, secret, not_after, operation, idempotent, state'

interface Stored {
  readonly number: number
  readonly origin: string
  readonly id: string
  readonly v: number
  readonly secret: string
  readonly not_after: number
  readonly operation: string
  readonly idempotent: number
  readonly state: RequestRow['state']
  readonly answer: string | null
}

export function createRequestTable(store: Store): RequestTable {
  store.migrate('mesh-requests', MIGRATIONS)
  const statements = prepare(store)
  let size = 0
  let keptBytes = 0

  // Counted from time to time, because a transaction in which they were counted up may have failed.
  const count = () => {
    size = statements.size.get()?.n ?? 0
    keptBytes = statements.keptBytes.get()?.n ?? 0
  }
  const makeRoom = () => {
    while (keptBytes > MAX_KEPT_BYTES) {
      statements.drop.run(DROPPED_AT_ONCE)
      count()
    }
  }
  count()
  return {
    get size() {
      return size
    },
    add({ from, id, v, secret, notAfter }, operation, isIdempotent) {
      const added = statements.add.run(from, id, v, secret, notAfter, operation, isIdempotent ? 1 : 0)
      if (added.changes === 0) return null
      size += 1
      return Number(added.lastInsertRowid)
    },
    find(from, id) {
      const row = statements.find.get(from, id)
      return row && rowOf(row)
    },
    done(number, answer) {
      statements.done.run(answer, number)
      if (answer === null) return
      keptBytes += Buffer.byteLength(answer)
      makeRoom()
    },
    sent: number => void statements.sent.run(number),
    unsent: () => statements.unsent.all().map(rowOf),
    forget(before, limit) {
      const { changes } = statements.forget.run(before, limit)
      if (changes > 0) count()
      return changes
    },
  }
}

function prepare({ db }: Store) {
  return {
    size: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM mesh_requests'),
    keptBytes: db.prepare<[], { n: number }>(
      'SELECT coalesce(sum(octet_length(answer)), 0) AS n FROM mesh_requests WHERE answer IS NOT NULL',
    ),
    add: db.prepare(
      `INSERT INTO mesh_requests (origin, id, v, secret, not_after, operation, idempotent, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'running') ON CONFLICT DO NOTHING`,
    ),
    find: db.prepare<[string, string], Stored>('SELECT * FROM mesh_requests WHERE origin = ? AND id = ?'),
    done: db.prepare<[string | null, number]>(
      `UPDATE mesh_requests SET state = 'done', answer = ? WHERE number = ?`,
    ),
    sent: db.prepare<[number]>(`UPDATE mesh_requests SET state = 'sent' WHERE number = ? AND state = 'done'`),
    unsent: db.prepare<[], Stored>(
      `SELECT ${COLUMNS} FROM mesh_requests WHERE state <> 'sent' ORDER BY number`,
    ),
    drop: db.prepare<[number]>(
      `UPDATE mesh_requests SET answer = NULL WHERE number IN
         (SELECT number FROM mesh_requests WHERE answer IS NOT NULL ORDER BY number LIMIT ?)`,
    ),
    // They end about in the order of their numbers; to stop at the first that is still valid spares a look at all others.
    forget: db.prepare<[number, number]>(
      `DELETE FROM mesh_requests WHERE number IN (
         SELECT number FROM mesh_requests
         WHERE number < ifnull(
           (SELECT number FROM mesh_requests WHERE not_after >= ? ORDER BY number LIMIT 1),
           9223372036854775807
         )
         ORDER BY number LIMIT ?
       )`,
    ),
  }
}

function rowOf({ origin, not_after, idempotent, ...row }: Stored): RequestRow {
  return { ...row, from: origin, notAfter: not_after, isIdempotent: idempotent === 1 }
}
