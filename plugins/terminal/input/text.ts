import type { Modes } from '../output/modes.ts'

const PASTE_BEGIN = '\x1b[200~'
const PASTE_END = '\x1b[201~'
/** Ctrl-V: a line editor takes the next key as it is. */
const QUOTE = '\x16'

/**
 * The bytes that type `text` into a program: pasted where it has lines or tabs and the program knows pasting, else
 * with Enter between the lines; at a shell's prompt quoted, so that the lines are still one command line, with one end.
 * Control characters are taken out, so that text cannot press keys.
 */
export function layOut(text: string, submit: boolean, modes: Modes, atPrompt: boolean): string {
  const clean = text.replace(/\r\n/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
  // A line end that closes the text is the Enter that comes by itself; one more is an empty line, which ends a block.
  const body = submit ? clean.replace(/\n$/, '') : clean
  if (!/[\n\t]/.test(body)) return body
  if (modes.bracketedPaste) return PASTE_BEGIN + body + PASTE_END
  return atPrompt ? body.replace(/[\n\t]/g, `${QUOTE}$&`) : body.replaceAll('\n', '\r')
}
