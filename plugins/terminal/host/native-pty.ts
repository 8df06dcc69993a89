import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { NO_NODE_PTY } from './protocol.ts'

/**
 * node-pty's native part. Its JavaScript part is not used: it gives up on unread output 200 ms after a program has
 * ended, and spins while a program does not read its input.
 */
export interface NativePty {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (code: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number; readonly pty: string }
  resize(fd: number, cols: number, rows: number): void
}

/** Its main file, by name: that a package is missing Node.js remembers for ever, so that one installed later would not be found. */
const NODE_PTY = 'node-pty/lib/index.js'

/**
 * Loads the addon. `helperPath` is the program through which macOS starts another one in a terminal.
 * @param from the file that node-pty is looked for from
 * @throws with {@link NO_NODE_PTY} and why
 */
export function loadNativePty(from: string | URL = import.meta.url): {
  readonly native: NativePty
  readonly helperPath: string
} {
  const require = createRequire(from)
  try {
    // The typings leave `native` out; it has had this shape since node-pty 1.0.
    const { native } = require(NODE_PTY) as { native: NativePty }
    const root = dirname(dirname(require.resolve(NODE_PTY)))
    return {
      native,
      helperPath: join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'spawn-helper'),
    }
  } catch (cause) {
    // Behind the first line is which module asked for it.
    const [why] = String((cause as Error).message).split('\n')
    throw new Error(`${NO_NODE_PTY}: ${why}`, { cause })
  }
}
