import { TeleclaudeError } from '../errors.ts'
import type { Store } from './store.ts'
import { asStoreError } from './store-errors.ts'

/** What SQLite keeps. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** One SQL statement, compiled once. Values take the places of its `?`. @throws TC_ERR_DISK_FULL, TC_ERR_STORE */
export interface PreparedStatement<Row> {
  run(...values: SqlValue[]): { readonly changes: number }
  get(...values: SqlValue[]): Row | undefined
  all(...values: SqlValue[]): Row[]
}

/** A plugin's own tables in the daemon's database. Everything happens at once, within the call. */
export interface PluginStore {
  /** @throws TC_ERR_STORE */
  prepare<Row = Record<string, unknown>>(sql: string): PreparedStatement<Row>
  /**
   * Commits what `fn` does to the database, or nothing of it if it throws. `fn` must not be asynchronous.
   * @throws TC_ERR_DISK_FULL, TC_ERR_STORE, TC_ERR_INTERNAL where `fn` is asynchronous
   */
  transaction<T>(fn: () => T): T
}

/**
 * Applies those of the plugin's `migrations` that it has not applied yet.
 * @throws TC_ERR_STORE_NEWER
 */
export function openPluginStore(store: Store, plugin: string, migrations: readonly string[]): PluginStore {
  store.migrate(`plugin:${plugin}`, migrations)
  const { db } = store
  const reading = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw asStoreError(error, db.name)
    }
  }
  return {
    prepare<Row>(sql: string): PreparedStatement<Row> {
      const statement = reading(() => db.prepare<SqlValue[], Row>(sql))
      // A reading one needs no transaction, for which another program might have to be waited.
      const within = statement.readonly ? reading : store.transaction
      return {
        run: (...values) => within(() => ({ changes: statement.run(...values).changes })),
        get: (...values) => within(() => statement.get(...values)),
        all: (...values) => within(() => statement.all(...values)),
      }
    },
    transaction: fn => store.transaction(() => settled(fn(), plugin)),
  }
}

/** What goes on after the commit would be neither in it nor rolled back with it. */
function settled<T>(result: T, plugin: string): T {
  if (!isPromise(result)) return result
  // It is refused already, and must not end the daemon besides.
  result.then(undefined, () => {})
  throw new TeleclaudeError(
    'TC_ERR_INTERNAL',
    `The plugin '${plugin}' gave an asynchronous function to transaction(); nothing of it was saved. Await before it, and do within it only what is done at once.`,
  )
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
