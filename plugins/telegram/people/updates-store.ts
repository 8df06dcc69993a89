import type { PluginStore } from '../../../core/index.ts'
import type { Heard } from './heard.ts'

/** Something that was heard and not known to be done when the daemon ended. */
export interface Unfinished {
  readonly update: number
  readonly chat: number
  readonly topic: number | null
  readonly message: number
  readonly person: number
}

/** What was heard: each is taken once, and what was being done when the daemon died is known. */
export interface UpdatesStore {
  /** The id of the next update that is wanted; undefined before the first. */
  next(): number | undefined
  /** Takes updates up to `last`, of which `heard` are to be done. What was taken before is taken out. */
  take(last: number, heard: readonly Heard[]): readonly Heard[]
  done(update: number): void
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
    person INTEGER NOT NULL
  )`

export function createUpdatesStore(store: PluginStore): UpdatesStore {
  const read = store.prepare<{ next: number }>('SELECT next FROM telegram_position')
  const write = store.prepare(
    'INSERT INTO telegram_position VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET next = excluded.next',
  )
  const add = store.prepare('INSERT INTO telegram_updates VALUES (?, ?, ?, ?, ?)')
  const remove = store.prepare('DELETE FROM telegram_updates WHERE "update" = ?')
  const all = store.prepare<Unfinished>('SELECT * FROM telegram_updates ORDER BY "update"')
  const next = () => read.get()?.next
  return {
    next,
    take: (last, heard) =>
      store.transaction(() => {
        const from = next() ?? 0
        const fresh = heard.filter(({ update }) => update >= from)
        for (const { update, chat, topic, message, person } of fresh)
          add.run(update, chat, topic, message, person.id)
        if (last >= from) write.run(last + 1)
        return fresh
      }),
    done: update => void remove.run(update),
    unfinished: () => all.all(),
  }
}
