import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import {
  type HeartbeatFacts,
  MAX_HEARTBEAT_BYTES,
  openHeartbeat,
  sealHeartbeat,
} from '../../../core/mesh/heartbeat.ts'
import { type MeshSecret, meshSecret } from '../../../core/mesh/mesh-secret.ts'
import { cuts, flips, junk } from './hostile-bytes.ts'

const current = meshSecret('the secret of the mesh, 32 characters')
const previous = meshSecret('the secret that the mesh had before it')
const foreign = meshSecret('the secret of another mesh altogether')

const heartbeat: HeartbeatFacts = {
  name: 'macbook',
  version: '0.1.0',
  protocol: { min: 1, max: 1 },
  public_key: Buffer.alloc(32, 7).toString('base64'),
  instance: 'instance-1',
  boot: 'boot-2',
  previous_boot: 'boot-1',
  machine_boot: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
  at: 1_700_000_000_000,
  facts: { load: { sessions: 3 }, bot_username: '@müller_bot' },
}
const sealed = sealHeartbeat(heartbeat, [current])

describe('a heartbeat', () => {
  it('opens for everybody who knows its secret', () => {
    expect(openHeartbeat(sealed, 'macbook', [current])).toEqual({ heartbeat, secret: current })
    const known = meshSecret(current.value)
    expect(openHeartbeat(sealed, 'macbook', [foreign, known])?.secret).toBe(known)
  })

  it('opens for those who know only one of the secrets it is sealed under, with the first that fits', () => {
    const bytes = sealHeartbeat(heartbeat, [current, previous])
    expect(openHeartbeat(bytes, 'macbook', [current])?.secret).toBe(current)
    expect(openHeartbeat(bytes, 'macbook', [previous])?.secret).toBe(previous)
    expect(openHeartbeat(bytes, 'macbook', [foreign, previous, current])?.secret).toBe(previous)
  })

  it('does not open under another secret, under none, or under another of the same id', () => {
    expect(openHeartbeat(sealed, 'macbook', [foreign, previous])).toBeNull()
    expect(openHeartbeat(sealed, 'macbook', [])).toBeNull()
    expect(openHeartbeat(sealed, 'macbook', [{ ...foreign, id: current.id }])).toBeNull()
  })

  it('is found by the next secret of the same id', () => {
    expect(openHeartbeat(sealed, 'macbook', [{ ...foreign, id: current.id }, current])?.secret).toBe(current)
  })

  it('is not that of another computer', () => {
    expect(openHeartbeat(sealed, 'workstation', [current])).toBeNull()
    expect(openHeartbeat(sealed, 'macboo', [current])).toBeNull()
    expect(openHeartbeat(sealed, '', [current])).toBeNull()
  })

  it('shows nothing of what it says, and looks different each time', () => {
    expect(Buffer.from(sealed).includes('macbook')).toBe(false)
    expect(sealHeartbeat(heartbeat, [current])).not.toEqual(sealed)
  })

  it('that would be too large is an error that names the facts', () => {
    const large = { ...heartbeat, facts: { load: 1, todos_digest: '✓'.repeat(MAX_HEARTBEAT_BYTES / 3) } }
    const seal = () => sealHeartbeat(large, [current])
    expect(seal).toThrow(/load, todos_digest/)
    expect(seal).toThrow(
      expect.toSatisfy((error: unknown) => isTeleclaudeError(error, 'TC_ERR_MESSAGE_TOO_LARGE')),
    )
    const fitting = sealHeartbeat({ ...heartbeat, facts: { digest: 'x'.repeat(12 * 1024) } }, [
      ...[current, previous, foreign],
      ...['one', 'two'].map(name => meshSecret(name.repeat(20))),
    ])
    expect(openHeartbeat(fitting, 'macbook', [foreign])?.heartbeat.facts).toHaveProperty('digest')
  })
})

describe('hostile bytes', () => {
  it.each([
    ['a flipped bit, in any byte', flips],
    ['a cut at any place, or something behind', cuts],
    ['junk', (bytes: Uint8Array) => junk(bytes, 3000)],
  ])('are never opened, and nothing is thrown: %s', (_, variants) => {
    for (const bytes of variants(sealed))
      expect(openHeartbeat(bytes, 'macbook', [foreign, current])).toBeNull()
  })

  it('are never opened when they are huge', () => {
    const boxes = Array.from({ length: 255 }, () => Buffer.from(sealed).subarray(2))
    const many = Buffer.concat([Buffer.of(1, 255), ...boxes])
    expect(openHeartbeat(many, 'macbook', [current])).toBeNull()
    expect(openHeartbeat(Buffer.alloc(10_000_000, 1), 'macbook', [current])).toBeNull()
  })

  const said = (change: object) => sealPlainly(JSON.stringify({ ...heartbeat, ...change }), current)

  it('by somebody who knows the secret are refused unless they say what a heartbeat says', () => {
    expect(openHeartbeat(said({}), 'macbook', [current])).toEqual({ heartbeat, secret: current })
    const changes: Record<string, readonly unknown[]> = {
      name: ['workstation', 'Macbook', '', null, ['macbook']],
      version: ['x'.repeat(65), 1, null],
      protocol: [null, 1, [1, 1], { min: 1 }, { min: '1', max: 1 }, { min: 1, max: 1.5 }],
      public_key: ['', 'AAAA', `${'A'.repeat(43)}-`, 'A'.repeat(44), 'A'.repeat(100_000), null, 32],
      instance: ['', 'a b', 'x'.repeat(65), 'ok\n', '\u001b[31m', null],
      boot: ['', 'a\0b', 'x'.repeat(65), '../boot', null, {}],
      previous_boot: ['', 'a\0b', undefined, 0],
      machine_boot: ['x'.repeat(129), null, undefined],
      at: ['now', null, undefined],
      facts: [null, [], 'load', undefined, { ['x'.repeat(65)]: 1 }],
    }
    for (const [field, values] of Object.entries(changes))
      for (const value of values)
        expect(openHeartbeat(said({ [field]: value }), 'macbook', [current]), `${field}: ${value}`).toBeNull()
  })

  it.each(['', 'null', '[]', '"macbook"', '{', '1e400', '['.repeat(30_000)])(
    'by somebody who knows the secret are refused when they are no heartbeat: %.20s',
    text => {
      expect(openHeartbeat(sealPlainly(text, current), 'macbook', [current])).toBeNull()
    },
  )

  it.each(['[]', '{"a":}'])('lose the facts that are nested too deep to be written again: %s', pair => {
    const [open = '', close = ''] = pair === '[]' ? ['[', ']'] : ['{"a":', '}']
    const nested = (depth: number) => `${open.repeat(depth)}${pair === '[]' ? '' : 1}${close.repeat(depth)}`
    const facts = `{"deep":${nested(33)},"deepest":${nested(6000)},"fine":${nested(32)},"load":1}`
    const text = JSON.stringify({ ...heartbeat, facts: {} }).replace('"facts":{}', `"facts":${facts}`)
    const opened = openHeartbeat(sealPlainly(text, current), 'macbook', [current])?.heartbeat
    expect(Object.keys(opened?.facts ?? {})).toEqual(['fine', 'load'])
    expect(JSON.stringify(opened?.facts)).toBe(`{"fine":${nested(32)},"load":1}`)
  })

  it('change no prototype, and what is not known here is dropped', () => {
    const text = JSON.stringify({ ...heartbeat, newer: 1 })
      .replace('{', '{"__proto__":{"polluted":1},')
      .replace('"load"', '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"load"')
    const opened = openHeartbeat(sealPlainly(text, current), 'macbook', [current])?.heartbeat
    expect(opened).not.toHaveProperty('newer')
    expect(opened).not.toHaveProperty('polluted')
    expect(opened?.facts).not.toHaveProperty('polluted')
    expect({}).not.toHaveProperty('polluted')
    expect(opened?.facts).toMatchObject(heartbeat.facts)
  })
})

describe('the format', () => {
  it('is version and number of boxes; for each the id of the secret, the length, nonce, AES-256-GCM and tag', () => {
    const bytes = Buffer.from(sealHeartbeat(heartbeat, [previous, current]))
    expect([...bytes.subarray(0, 2)]).toEqual([1, 2])
    let rest = bytes.subarray(2)
    for (const secret of [previous, current]) {
      expect(rest.toString('latin1', 0, 8)).toBe(secret.id)
      const end = 12 + rest.readUInt32BE(8)
      expect(openPlainly(rest.subarray(12, end), secret)).toBe(JSON.stringify(heartbeat))
      rest = rest.subarray(end)
    }
    expect(rest).toHaveLength(0)
  })
})

function keyOf({ value }: MeshSecret): Buffer {
  return Buffer.from(hkdfSync('sha256', value, '', 'teleclaude heartbeat 1', 32))
}

function openPlainly(box: Buffer, secret: MeshSecret): string {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), box.subarray(0, 12))
  decipher.setAAD(Buffer.from('\x01macbook'))
  decipher.setAuthTag(box.subarray(-16))
  return Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]).toString()
}

function sealPlainly(text: string, secret: MeshSecret): Buffer {
  const nonce = Buffer.alloc(12, 5)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce)
  cipher.setAAD(Buffer.from('\x01macbook'))
  const box = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
  const front = Buffer.from(`\x01\x01${secret.id}\0\0\0\0`)
  front.writeUInt32BE(box.length, 10)
  return Buffer.concat([front, box])
}
