import type { Names } from './topics/author.ts'

/** The names of people who were heard. */
export interface SeenNames extends Names {
  note(userId: number, name: string): void
}

/** Only people who are allowed are noted, but a trusted bot may bring many. */
const MAX_NAMES = 1000

export function createNames(): SeenNames {
  const names = new Map<number, string>()
  return {
    get: id => names.get(id),
    note(id, name) {
      if (name && (names.has(id) || names.size < MAX_NAMES)) names.set(id, name)
    },
  }
}
