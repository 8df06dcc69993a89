import type { CliContext } from '../../../core/index.ts'

/** The terminal in which the CLI runs, taken over for a session. Disposing it gives it back as it was. */
export interface LocalTerminal extends Disposable {
  onKeys(fn: (bytes: Buffer) => void): void
  /** Whether what is shown is on the alternate screen, which then has to be left at the end. */
  setAlternate(isOn: boolean): void
  /** Called at once, and whenever the window changes. */
  onResize(fn: (size: { readonly cols: number; readonly rows: number }) => void): void
}

/** Keys as escape codes of kitty's and xterm's making, which agents switch on. Each of a terminal's two screens has its own. */
const PLAIN_KEYS = '\x1b[=0;1u\x1b[>4;0m'

/**
 * Undoes what programs may have switched on and a detached terminal must not keep: odd keys, alternate screen, pasting
 * marks, mouse and focus reports, application keys, a scroll region (whose end moves the cursor), inserting, lines that
 * do not wrap, line drawing, colours, the cursor's shape, a hidden cursor.
 */
const RESTORE = [
  PLAIN_KEYS,
  '\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?1015l\x1b[?1l\x1b>',
  '\x1b7\x1b[r\x1b8',
  '\x1b[4l\x1b[?7h\x1b(B\x0f\x1b[0m\x1b[0 q\x1b[?25h',
].join('')

/** Not for a terminal that is on its normal screen: this also puts the cursor back where a program has left that. */
const LEAVE_ALTERNATE = `${PLAIN_KEYS}\x1b[?1049l`

export function takeTerminal({ stdin, stdout }: CliContext): LocalTerminal {
  const release: (() => void)[] = []
  const wasRaw = stdin.isRaw
  stdin.setRawMode(true)
  stdin.resume()
  let isAlternate = false
  return {
    setAlternate(isOn) {
      isAlternate = isOn
    },
    onKeys(fn) {
      stdin.on('data', fn)
      release.push(() => stdin.off('data', fn))
    },
    onResize(fn) {
      const resized = () => fn({ cols: stdout.columns, rows: stdout.rows })
      stdout.on('resize', resized)
      release.push(() => stdout.off('resize', resized))
      resized()
    },
    [Symbol.dispose]() {
      for (const undo of release) undo()
      stdin.setRawMode(wasRaw)
      stdin.pause()
      stdout.write(isAlternate ? LEAVE_ALTERNATE + RESTORE : RESTORE)
    },
  }
}
