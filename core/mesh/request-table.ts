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
  /** The highest number that was given away. */
  readonly last: number
  /** How many it remembers of each computer: looks at all of them. */
  countByOrigin(): [origin: string, count: number][]
  /** The number of a new request; null for one that is there. */
  add(asked: Asked, operation: string, isIdempotent: boolean): number | null
  find(from: string, id: string): RequestRow | undefined
  done(number: number, answer: string | null): void
  sent(number: number): void
  /** Those whose answer the carrier does not have, oldest first, without those answers. */
  unsent(): readonly Omit<RequestRow, 'answer'>[]
  /** Forgets the oldest that may be; returns whose they were. */
  forget(which: Forgettable): readonly string[]
}

export interface Forgettable {
  /** When they must have ceased to be valid. */
  readonly before: number
  /** The highest number to forget. */
  readonly upTo: number
  /** The numbers of those to keep. */
  readonly except: Iterable<number>
  /** How many at most. */
  readonly limit: number
}

export const REQUEST_MIGRATIONS = [
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
  store.migrate('mesh-requests', REQUEST_MIGRATIONS)
  const statements = prepare(store)
  // Never one a second time, which SQLite would give when the highest was forgotten.
  let last = statements.last.get()?.n ?? 0
  let keptBytes = 0

  // Counted from time to time, because a transaction in which they were counted up may have failed.
  const count = () => {
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
    get last() {
      return last
    },
    countByOrigin: () => statements.countByOrigin.all().map(({ origin, n }) => [origin, n]),
    add({ from, id, v, secret, notAfter }, operation, isIdempotent) {
      const number = last + 1
      const flag = isIdempotent ? 1 : 0
      const { changes } = statements.add.run(number, from, id, v, secret, notAfter, operation, flag)
      if (changes === 0) return null
      last = number
      return number
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
    forget({ before, upTo, except, limit }) {
      const forgotten = statements.forget.all(before, upTo, JSON.stringify([...except]), limit)
      if (forgotten.length > 0) count()
      return forgotten.map(({ origin }) => origin)
    },
  }
}

function prepare({ db }: Store) {
  return {
    last: db.prepare<[], { n: number | null }>('SELECT max(number) AS n FROM mesh_requests'),
    countByOrigin: db.prepare<[], { origin: string; n: number }>(
      'SELECT origin, count(*) AS n FROM mesh_requests GROUP BY origin',
    ),
    keptBytes: db.prepare<[], { n: number }>(
      'SELECT coalesce(sum(octet_length(answer)), 0) AS n FROM mesh_requests WHERE answer IS NOT NULL',
    ),
    add: db.prepare(
      `INSERT INTO mesh_requests (number, origin, id, v, secret, not_after, operation, idempotent, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running') ON CONFLICT (origin, id) DO NOTHING`,
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
    forget: db.prepare<[number, number, string, number], { origin: string }>(
      `DELETE FROM mesh_requests WHERE number IN (
         SELECT number FROM mesh_requests
         WHERE number < ifnull(
           (SELECT number FROM mesh_requests WHERE not_after >= ? ORDER BY number LIMIT 1),
           9223372036854775807
         ) AND number <= ? AND number NOT IN (SELECT value FROM json_each(?))
         ORDER BY number LIMIT ?
       ) RETURNING origin`,
    ),
  }
}

function rowOf({ origin, not_after, idempotent, ...row }: Stored): RequestRow {
  return { ...row, from: origin, notAfter: not_after, isIdempotent: idempotent === 1 }
}
