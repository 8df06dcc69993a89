import { TeleclaudeError } from '../errors.ts'
import type { PluginStore, PreparedStatement, SqlValue } from './plugin-store.ts'
import type { Store } from './store.ts'
import { asStoreError } from './store-errors.ts'

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
