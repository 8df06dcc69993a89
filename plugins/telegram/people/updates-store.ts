import type { PluginStore } from '../../../core/index.ts'
import type { Heard } from './heard.ts'

/** Something that was heard and not known to be done when the daemon ended. */
export interface Unfinished {
  readonly update: number
  readonly chat: number
  readonly topic: number | null
  readonly message: number
  readonly person: number
  /** Whether it was being done; if not, nothing of it was. */
  readonly isBegun: boolean
}

/** What was heard: each is taken once, and what was being done when the daemon died is known. */
export interface UpdatesStore {
  /** The id of the next update that is wanted; undefined before the first. */
  next(): number | undefined
  /** Takes updates up to `last`, of which `heard` are to be done. What was taken before is taken out. */
  take(last: number, heard: readonly Heard[]): readonly Heard[]
  /** From now on nobody knows how much of it is done. */
  begin(update: number): void
  done(update: number): void
  /** In the order in which they were said. */
  unfinished(): readonly Unfinished[]
}

/** The tables of what was heard, for `openStore`. */
export const UPDATE_TABLES = `
  CREATE TABLE telegram_position (id INTEGER PRIMARY KEY CHECK (id = 1), next INTEGER NOT NULL);
  CREATE TABLE telegram_updates (
    "update" INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL,
    topic INTEGER,
    message INTEGER NOT NULL,
    person INTEGER NOT NULL,
    is_begun INTEGER NOT NULL DEFAULT 0
  )`

/**
 * After a week of silence Telegram goes on with any number. One that is lower by more than could have been said since is
 * of such a new count; one that is a little lower was taken before.
 */
const MOST_REPEATED = 1_000_000

type Row = Omit<Unfinished, 'isBegun'> & { readonly is_begun: 0 | 1 }

export function createUpdatesStore(store: PluginStore): UpdatesStore {
  const read = store.prepare<{ next: number }>('SELECT next FROM telegram_position')
  const write = store.prepare(
    'INSERT INTO telegram_position VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET next = excluded.next',
  )
  const add = store.prepare(
    'INSERT OR REPLACE INTO telegram_updates ("update", chat, topic, message, person) VALUES (?, ?, ?, ?, ?)',
  )
  const begin = store.prepare('UPDATE telegram_updates SET is_begun = 1 WHERE "update" = ?')
  const remove = store.prepare('DELETE FROM telegram_updates WHERE "update" = ?')
  const all = store.prepare<Row>('SELECT * FROM telegram_updates ORDER BY chat, message')
  const next = () => read.get()?.next
  return {
    next,
    take: (last, heard) =>
      store.transaction(() => {
        const from = next() ?? 0
        const isNew = (update: number) => update >= from || update < from - MOST_REPEATED
        const fresh = new Map(heard.filter(({ update }) => isNew(update)).map(one => [one.update, one]))
        for (const { update, chat, topic, message, person } of fresh.values())
          add.run(update, chat, topic, message, person.id)
        if (isNew(last)) write.run(last + 1)
        return [...fresh.values()]
      }),
    begin: update => void begin.run(update),
    done: update => void remove.run(update),
    unfinished: () => all.all().map(({ is_begun, ...row }) => ({ ...row, isBegun: is_begun === 1 })),
  }
}
