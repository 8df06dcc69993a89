import type { SettingsStore } from './settings-store.ts'
import type { Names } from './topics/author.ts'

/** The names of people who were heard, now or by an earlier daemon. */
export interface SeenNames extends Names {
  note(userId: number, name: string): void
}

/** Only people who are allowed are noted, but a trusted bot may bring many. */
const MAX_NAMES = 1000

export function createNames(settings: SettingsStore): SeenNames {
  const names = new Map<number, string>()
  const known = (id: number) => names.get(id) ?? settings.get(`name of ${id}`) ?? undefined
  return {
    get: known,
    note(id, name) {
      if (!name || (!names.has(id) && names.size >= MAX_NAMES)) return
      if (known(id) !== name) settings.set(`name of ${id}`, name)
      names.set(id, name)
    },
  }
}
