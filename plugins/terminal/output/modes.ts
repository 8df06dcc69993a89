/** What the program in a terminal has switched on, as far as typing and reading need it. */
export interface Modes {
  readonly alternateScreen: boolean
  readonly bracketedPaste: boolean
  /** Cursor keys send `ESC O` instead of `ESC [` (DECCKM). */
  readonly applicationCursor: boolean
}

export const INITIAL_MODES: Modes = {
  alternateScreen: false,
  bracketedPaste: false,
  applicationCursor: false,
}

const MODE_NAMES: Readonly<Record<string, keyof Modes>> = {
  '1': 'applicationCursor',
  '47': 'alternateScreen',
  '1047': 'alternateScreen',
  '1049': 'alternateScreen',
  '2004': 'bracketedPaste',
}

/** The modes after one escape sequence; the same object if it changes none. */
export function modesAfter(modes: Modes, sequence: Buffer): Modes {
  // A full reset, `ESC c`.
  if (sequence.length === 2 && sequence[1] === 0x63) return INITIAL_MODES
  if (sequence[1] !== 0x5b || sequence[2] !== 0x3f) return modes
  const last = sequence[sequence.length - 1]
  if (last !== 0x68 && last !== 0x6c) return modes
  const isOn = last === 0x68
  let next = modes
  for (const number of sequence.toString('latin1', 3, sequence.length - 1).split(';')) {
    const name = MODE_NAMES[number]
    if (name && next[name] !== isOn) next = { ...next, [name]: isOn }
  }
  return next
}
