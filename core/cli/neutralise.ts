// C0, DEL and C1 controls can move the cursor or set the window's title; the others change how text around them reads.
const HOSTILE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Makes a text of unknown origin safe to print within a line: control characters are shown, not obeyed. */
export function neutralise(text: string): string {
  return text.replace(HOSTILE, char => {
    const code = char.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}

/** The same for a text of several lines: some messages are lists. */
export function neutraliseLines(text: string): string {
  return text.split('\n').map(neutralise).join('\n')
}
