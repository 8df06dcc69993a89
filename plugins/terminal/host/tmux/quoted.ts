const PLAIN = /[A-Za-z0-9_.,/@%+-]/

/** An argument as tmux's parser reads it back unchanged: no variable, format, separator or quote of it means anything. */
export function quoted(text: string): string {
  const bytes = [...Buffer.from(text)].map(byte => {
    const character = String.fromCharCode(byte)
    return byte < 0x80 && PLAIN.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${bytes.join('')}"`
}
