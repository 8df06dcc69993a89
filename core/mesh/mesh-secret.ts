import { hkdfSync, randomBytes } from 'node:crypto'

/** A secret that all computers of a mesh share. */
export interface MeshSecret {
  /** 8 characters of base 32 that name it and tell nothing of it. */
  readonly id: string
  readonly value: string
}

/** The fewest characters of a secret: {@link newMeshSecret} makes 43 (256 bits in base64url). */
export const MIN_SECRET_LENGTH = 32

const SECRET_BYTES = 32
const ID_LABEL = 'teleclaude mesh secret id 1'
/** 40 bits: few enough to stand in every envelope, enough that the secrets of one mesh differ in it. */
const ID_BYTES = 5

export function meshSecret(value: string): MeshSecret {
  const id = new Uint8Array(hkdfSync('sha256', value, '', ID_LABEL, ID_BYTES))
  return { id: base32(id), value }
}

/** 256 random bits in base64url. */
export function newMeshSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** RFC 4648 in lower case, of bytes that need no padding. */
function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, byte => byte.toString(2).padStart(8, '0')).join('')
  return bits.replace(/.{5}/g, five => ALPHABET.charAt(Number.parseInt(five, 2)))
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
