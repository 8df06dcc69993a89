/**
 * tmux closes a terminal as soon as the program that it started has ended, even where it has not yet read all that was
 * printed. So it starts this script, which runs the program and stays until everything has come out of the pipe.
 *
 * It says in the pane's output which process the program is, and when it has ended; what stands between is the program's.
 */
const SCRIPT = [
  // Not ignored: what is ignored would be ignored by the program too.
  'trap : HUP INT QUIT TERM USR1',
  // What this shell itself would say of a signal that ended the program is nobody's output.
  'exec 3>&2 2>/dev/null',
  `/bin/sh -c 'exec 2>&3 3>&-; printf "\\033]7331;;%s\\007" $$; exec "$@"' - "$@"`,
  'status=$?',
  'trap "exit $status" USR1',
  `printf '\\033]7331;;\\007'`,
  // Where nobody has read the end, it is over all the same.
  'sleep 5 </dev/null >/dev/null 2>&1 & wait',
  'exit $status',
].join('\n')

/** The command line that runs a program attended. */
export function attended(file: string, args: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', SCRIPT, '-', file, ...args]
}

/** What stands in the output when the program has ended. */
export const END = Buffer.from('\x1b]7331;;\x07', 'latin1')

/** What stands in the output first. */
const BEGINNING = /^\x1b\]7331;;(\d{1,10})\x07/

/** The program's process id, and how many bytes said so; null if they are not all there yet. */
export function readBeginning(bytes: Buffer): { readonly pid: number; readonly length: number } | null {
  const [whole, pid] = BEGINNING.exec(bytes.toString('latin1', 0, 32)) ?? []
  return whole === undefined ? null : { pid: Number(pid), length: whole.length }
}

/** Takes the end out of the output; what may be the beginning of it waits for the rest. */
export class EndFinder {
  #held: Buffer = Buffer.alloc(0)

  take(bytes: Buffer): { readonly printed: Buffer; readonly isEnd: boolean } {
    const all = this.#held.length ? Buffer.concat([this.#held, bytes]) : bytes
    const pieces: Buffer[] = []
    let from = 0
    // A program may have printed it too.
    for (let at = all.indexOf(END); at !== -1; at = all.indexOf(END, from)) {
      pieces.push(all.subarray(from, at))
      from = at + END.length
    }
    const isEnd = from > 0
    const tail = all.subarray(from)
    const kept = heldBack(tail)
    pieces.push(tail.subarray(0, tail.length - kept))
    // The memory is not ours to keep.
    this.#held = Buffer.from(tail.subarray(tail.length - kept))
    return { printed: isEnd ? Buffer.concat(pieces) : tail.subarray(0, tail.length - kept), isEnd }
  }

  /** What waited for a rest that never came. */
  rest(): Buffer {
    return this.#held
  }
}

/** How many bytes at the end of `bytes` begin an {@link END}. */
function heldBack(bytes: Buffer): number {
  const from = bytes.lastIndexOf(END[0] ?? 0)
  const tail = from === -1 ? bytes.length : from
  const length = bytes.length - tail
  return length > 0 && length < END.length && END.subarray(0, length).equals(bytes.subarray(tail))
    ? length
    : 0
}
