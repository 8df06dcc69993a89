import { hkdfSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { MIN_SECRET_LENGTH, meshSecret, newMeshSecret } from '../../../core/mesh/mesh-secret.ts'

it('makes secrets of 256 bits, another one each time', () => {
  const secrets = new Set(Array.from({ length: 100 }, newMeshSecret))
  expect(secrets.size).toBe(100)
  for (const secret of secrets) {
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(secret.length).toBeGreaterThanOrEqual(MIN_SECRET_LENGTH)
  }
})

it('names a secret by 40 bits that HKDF-SHA256 derives from it, in base 32', () => {
  const value = 'correct horse battery staple, twice'
  const bytes = Buffer.from(hkdfSync('sha256', value, '', 'teleclaude mesh secret id 1', 5))
  const { id } = meshSecret(value)
  expect(id).toMatch(/^[a-z2-7]{8}$/)
  const number = [...id].reduce((sum, char) => sum * 32 + 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(char), 0)
  expect(number.toString(16).padStart(10, '0')).toBe(bytes.toString('hex'))
})

it('names the same secret in the same way, and others otherwise', () => {
  expect(meshSecret('a'.repeat(32))).toEqual({ id: meshSecret('a'.repeat(32)).id, value: 'a'.repeat(32) })
  const ids = new Set(Array.from({ length: 200 }, (_, n) => meshSecret(`${'s'.repeat(32)}${n}`).id))
  expect(ids.size).toBe(200)
})
