import type { Store } from './store.ts'

/** What SQLite keeps. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** One SQL statement, compiled once. Values take the places of its `?`. */
export interface PreparedStatement<Row> {
  /** @throws TC_ERR_DISK_FULL, TC_ERR_STORE */
  run(...values: SqlValue[]): { readonly changes: number }
  get(...values: SqlValue[]): Row | undefined
  all(...values: SqlValue[]): Row[]
}

/** A plugin's own tables in the daemon's database. Everything happens at once, within the call. */
export interface PluginStore {
  prepare<Row = Record<string, unknown>>(sql: string): PreparedStatement<Row>
  /**
   * Commits what `fn` does to the database, or nothing of it if it throws. `fn` must not be asynchronous.
   * @throws TC_ERR_DISK_FULL, TC_ERR_STORE
   */
  transaction<T>(fn: () => T): T
}

/**
 * Applies those of the plugin's `migrations` that it has not applied yet.
 * @throws TC_ERR_STORE_NEWER
 */
export function openPluginStore(store: Store, plugin: string, migrations: readonly string[]): PluginStore {
  store.migrate(`plugin:${plugin}`, migrations)
  return {
    prepare<Row>(sql: string): PreparedStatement<Row> {
      const statement = store.db.prepare<SqlValue[], Row>(sql)
      return {
        run: (...values) => store.transaction(() => ({ changes: statement.run(...values).changes })),
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      }
    },
    transaction: fn => store.transaction(fn),
  }
}
