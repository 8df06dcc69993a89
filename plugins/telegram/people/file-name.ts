import { randomBytes } from 'node:crypto'
import { cleanForChat } from '../text/index.ts'
import type { HeardFile } from './heard.ts'

/** Long enough to recognise it. File systems take 255 bytes, and something is put before and behind it. */
const MAX_NAME_BYTES = 160

/** A name's own letters, digits, dots and blanks, without folders; empty if there are none. Of a long one the end is kept. */
export function harmlessName(name: string): string {
  const last = cleanForChat(name).split(/[/\\]/).at(-1) ?? ''
  const harmless = last.replace(/[^\p{L}\p{M}\p{N}._ -]+/gu, '_').replace(/^[.\s-]+|[.\s]+$/g, '')
  const bytes = Buffer.from(harmless)
  if (bytes.length <= MAX_NAME_BYTES) return harmless
  return bytes
    .subarray(-MAX_NAME_BYTES)
    .toString()
    .replace(/^[\ufffd\p{M}.\s-]+/u, '')
}

/** The name of a file that somebody sent: its own as far as that is harmless, behind something that no other one begins with. */
export function fileName({ name, extension }: Pick<HeardFile, 'name' | 'extension'>): string {
  return `${randomBytes(4).toString('hex')}-${harmlessName(name ?? '') || `file${extension}`}`
}
