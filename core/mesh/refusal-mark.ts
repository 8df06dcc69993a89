import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import type { Logger } from '../log.ts'

/**
 * Stands as long as no request was refused because it could not be written down, so that the next daemon on this
 * database knows whether one of those may come again. An empty file beside the database: the one thing that can be
 * told to the next daemon where there is no room for anything is that a file is gone.
 */
export interface RefusalMark {
  readonly stands: boolean
  /** Whether it is gone: until then nobody may be told that a request was refused for good. */
  remove(): boolean
  set(): void
}

export function createRefusalMark(database: string, log: Logger): RefusalMark {
  const file = `${database}.all-recorded`
  let stands = existsSync(file)
  const attempt = (change: () => void, after: boolean) => {
    if (stands === after) return
    try {
      change()
      stands = after
    } catch (err) {
      log.warn({ err }, 'the mark that no request was refused for want of room could not be changed')
    }
  }
  return {
    get stands() {
      return stands
    },
    remove() {
      attempt(() => rmSync(file, { force: true }), false)
      return !stands
    },
    set: () => attempt(() => closeSync(openSync(file, 'w', 0o600)), true),
  }
}
