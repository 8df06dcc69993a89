import { basename, join, resolve } from 'node:path'
import { COMPUTER_NAME } from '../../../core/index.ts'
import { withHome } from '../allowed-path.ts'

/** One end of a copy, as it is written: `notes.txt`, `workstation:~/notes.txt`. */
export interface Place {
  /** Null is this computer, with the rights of whoever types. */
  readonly computer: string | null
  readonly path: string
  /** Whether it was written with a slash behind it. */
  readonly isFolder: boolean
}

/** A path of this computer that has a colon in front of any slash is written `./a:b`. */
export function placeOf(written: string): Place {
  const colon = written.indexOf(':')
  const name = written.slice(0, Math.max(0, colon))
  const isFolder = written.endsWith('/')
  if (!COMPUTER_NAME.test(name)) return { computer: null, path: resolve(withHome(written)), isFolder }
  return { computer: name, path: written.slice(colon + 1) || '~', isFolder }
}

export function writtenAs({ computer, path }: Pick<Place, 'computer' | 'path'>): string {
  return computer === null ? path : `${computer}:${path}`
}

/** Where a file of that name goes that is copied into a folder. */
export function within({ computer, path }: Place, name: string): Place {
  return { computer, path: join(path, basename(name)), isFolder: false }
}
