/** A forum topic's name: 1–128 characters on one line, nothing invisible in it, never empty. */
export function safeTopicName(name: string): string {
  const line = name
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  return line.slice(0, 128).toWellFormed() || 'session'
}
