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
