import type { PluginStore } from '../../core/index.ts'

/** Small things that outlive the daemon, by name. */
export interface SettingsStore {
  get(name: string): string | null
  set(name: string, value: string): void
}

/** The table of the settings, for `openStore`. */
export const SETTINGS_TABLE =
  'CREATE TABLE telegram_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID'

export function createSettingsStore(store: PluginStore): SettingsStore {
  const get = store.prepare<{ value: string }>('SELECT value FROM telegram_settings WHERE name = ?')
  const set = store.prepare(
    'INSERT INTO telegram_settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  return {
    get: name => get.get(name)?.value ?? null,
    set: (name, value) => void set.run(name, value),
  }
}
