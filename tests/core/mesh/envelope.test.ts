import { createDecipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import { readHeader } from '../../../core/mesh/envelope.ts'
import {
  computer,
  draft,
  head,
  keyOf,
  macbook,
  openAt,
  otherSecret,
  sealed,
  sealPlainly,
  secret,
  tail,
  workstation,
} from './sealed-envelopes.ts'

describe('an envelope', () => {
  it('opens at the computer that it is for', () => {
    expect(readHeader(sealed)).toEqual({
      v: 1,
      kind: 'request',
      from: 'macbook',
      to: 'workstation',
      id: 'k3f-abc_9',
      at: draft.at,
      notAfter: draft.notAfter,
      boot: 'boot-macbook',
      secret: secret.id,
    })
    expect(openAt(workstation, sealed, macbook.as())).toEqual(draft.body)
  })

  it('opens again and again, at a daemon that was started anew, and after the sender was', () => {
    const restarted = computer('workstation', 2, 'another-boot')
    for (const reader of [workstation, workstation, restarted])
      expect(openAt(reader, sealed, macbook.as())).toEqual(draft.body)
    const later = computer('macbook', 1, 'another-boot').envelopes.seal(workstation.as(), draft)
    expect(readHeader(later)?.boot).toBe('another-boot')
    expect(openAt(workstation, later, macbook.as())).toEqual(draft.body)
  })

  it.each([
    '',
    'x'.repeat(1_000_000),
    [],
    { deep: [[[{}]]] },
    JSON.parse('{"__proto__":{"polluted":true}}'),
    'a\0b\ud83d\ude00',
    0,
    false,
  ])('carries any JSON: %#', body => {
    const bytes = macbook.envelopes.seal(workstation.as(), { ...draft, body })
    expect(openAt(workstation, bytes, macbook.as())).toEqual(body)
  })

  it('shows nothing of its body, and looks different each time', () => {
    expect(Buffer.from(sealed).includes('session.input')).toBe(false)
    const again = macbook.envelopes.seal(workstation.as(), draft)
    expect(tail(again)).not.toEqual(tail(sealed))
  })

  it('opens from memory that begins in the middle of a buffer', () => {
    const shifted = Buffer.concat([Buffer.from('xyz'), sealed]).subarray(3)
    expect(openAt(workstation, shifted, macbook.as())).toEqual(draft.body)
  })

  it('opens after more computers wrote than keys are kept of', () => {
    for (let count = 0; count < 300; count++) {
      const peer = computer(`peer-${count}`, 4, `boot-${count}`)
      const bytes = peer.envelopes.seal(workstation.as(), draft)
      expect(openAt(workstation, bytes, peer.as())).toEqual(draft.body)
    }
    expect(openAt(workstation, sealed, macbook.as())).toEqual(draft.body)
  })
})

describe('the format', () => {
  const front = head(sealed)
  const key = keyOf(
    workstation.identity.sharedWith(macbook.publicKey),
    'macbook',
    'workstation',
    'boot-macbook',
  )

  it('is version, length and header, then nonce, AES-256-GCM with all of that as associated data, and tag', () => {
    expect(front[0]).toBe(1)
    expect(front.subarray(3).toString()).toBe(
      `{"v":1,"kind":"request","from":"macbook","to":"workstation","id":"k3f-abc_9","at":1700000000000,"notAfter":1700000060000,"boot":"boot-macbook","secret":"${secret.id}"}`,
    )
    const box = tail(sealed)
    const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12))
    decipher.setAAD(front)
    decipher.setAuthTag(box.subarray(-16))
    const text = decipher.update(box.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
    expect(text).toBe(JSON.stringify(draft.body))
  })

  it('opens what was sealed by other means', () => {
    const bytes = sealPlainly(front, key, '{"hello":"there"}')
    expect(openAt(workstation, bytes, macbook.as())).toEqual({ hello: 'there' })
  })
})

describe('sealing', () => {
  it('for a key that cannot be used is refused with an error', () => {
    const to = { ...workstation.as(), publicKey: Buffer.alloc(32) }
    expect(() => macbook.envelopes.seal(to, draft)).toThrow(
      expect.toSatisfy((error: unknown) => isTeleclaudeError(error, 'TC_ERR_PROTOCOL')),
    )
  })

  it('under the new secret of a mesh uses another key at once', () => {
    const bytes = macbook.envelopes.seal(workstation.as(otherSecret), draft)
    expect(readHeader(bytes)?.secret).toBe(otherSecret.id)
    expect(openAt(workstation, bytes, macbook.as(otherSecret))).toEqual(draft.body)
    expect(openAt(workstation, bytes, macbook.as(secret))).toBeNull()
  })
})
