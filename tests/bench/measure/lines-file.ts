import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const LINE = `${'The quick brown fox jumps over the lazy dog. '.repeat(2).slice(0, 79)}\n`
export const LINE_BYTES = LINE.length

/** A file for programs to print. Disposing removes it. */
export interface LinesFile extends Disposable {
  readonly path: string
  /** A terminal prints a carriage return before each newline. */
  readonly printedBytes: number
}

export function createLines(count: number): LinesFile {
  const dir = mkdtempSync('/tmp/tc-')
  const path = join(dir, 'large.txt')
  writeFileSync(path, LINE.repeat(count))
  return {
    path,
    printedBytes: count * (LINE_BYTES + 1),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  }
}
