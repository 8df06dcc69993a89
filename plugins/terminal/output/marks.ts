/** The number of the private OSC sequence in which our shells speak of themselves. */
export const MARK_NUMBER = 7331

/** What a shell said. */
export type ShellMark =
  /** This shell cannot mark its prompts: it is too old, or its prompt is not expanded. */
  | { readonly type: 'none' }
  /** The command line runs; before it the shell still sets a title where it is `titled`. */
  | { readonly type: 'start'; readonly isTitled: boolean }
  /** The command line is done. Of several in a row the first counts. */
  | { readonly type: 'end'; readonly exitCode: number; readonly cwd: string | null }
  /** From the beginning of the prompt, which may be drawn again: `prompt` counts the prompts. */
  | {
      readonly type: 'prompt-begin'
      readonly prompt: number
      readonly exitCode: number | null
      readonly cwd: string | null
    }
  /** From the end of the prompt, which may be drawn again: `prompt` counts the prompts, where the shell can count. */
  | { readonly type: 'prompt'; readonly prompt: number | null }

/** Recognises the marks of one shell by its secret. */
export interface MarkReader {
  /** The mark in one whole escape sequence; `'foreign'` for one of ours from another process; null for anything else. */
  read(sequence: Buffer): ShellMark | 'foreign' | null
}

export function createMarkReader(secret: string, shellPid: number | null): MarkReader {
  const prefix = Buffer.from(`\x1b]${MARK_NUMBER};${secret};`, 'latin1')
  return {
    read(sequence) {
      // The comparison with the number's first digit spares the longer one for most sequences.
      if (sequence[2] !== prefix[2] || !sequence.subarray(0, prefix.length).equals(prefix)) return null
      const end = sequence[sequence.length - 1] === 0x5c ? 2 : 1
      const [pid, type, ...rest] = sequence.toString('utf8', prefix.length, sequence.length - end).split(';')
      if (shellPid !== null && Number(pid) !== shellPid) return 'foreign'
      return parse(type, rest)
    },
  }
}

function parse(type: string | undefined, args: readonly string[]): ShellMark | 'foreign' {
  switch (type) {
    case 'n':
      return { type: 'none' }
    case 's':
      return { type: 'start', isTitled: args[0] === 't' }
    case 'e': {
      // zsh's mark is a prompt: printed by a program without being expanded, it has no number.
      const exitCode = integer(args[0])
      return exitCode === null ? 'foreign' : { type: 'end', exitCode, cwd: path(args.slice(1)) }
    }
    case 'b':
      return {
        type: 'prompt-begin',
        prompt: integer(args[0]) ?? 0,
        exitCode: integer(args[1]),
        cwd: path(args.slice(2)),
      }
    case 'p':
      return { type: 'prompt', prompt: integer(args[0]) }
    default:
      return 'foreign'
  }
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : null
}

function path(parts: readonly string[]): string | null {
  const text = parts.join(';').replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
  return text.startsWith('/') ? text : null
}
