import { describe, expect, it } from 'vitest'
import { type Entry, entryFromWire, entryToWire, MAX_ENTRY_BYTES } from '../../../core/journal/entry.ts'
import { parseWireEntry } from '../../../core/journal/entry-schema.ts'

const place = { seq: 3, at: 1_700_000_000_000 }
const turn = { kind: 'mark', mark: { type: 'turn' }, ...place }

describe('an entry from another computer', () => {
  it.each<[string, Buffer]>([
    ['text', Buffer.alloc(MAX_ENTRY_BYTES, 'a')],
    ['text of two bytes a character', Buffer.from('é'.repeat(MAX_ENTRY_BYTES / 2))],
    ['control characters', Buffer.alloc(MAX_ENTRY_BYTES)],
    ['no text', Buffer.alloc(MAX_ENTRY_BYTES, 0xff)],
  ])('holds as much output as an entry can: %s', (_, data) => {
    const entry: Entry = { kind: 'output', data, ...place }
    const wire = parseWireEntry(JSON.parse(JSON.stringify(entryToWire(entry))))
    expect(wire && entryFromWire(wire)).toEqual(entry)
  })

  it('loses the fields that are not known here, also within', () => {
    const mark = { type: 'end', exitCode: 0, durationMs: null, cwd: null }
    const value = { kind: 'mark', mark: { ...mark, later: 1 }, ...place, later: {} }
    expect(parseWireEntry(value)).toEqual({ kind: 'mark', mark, ...place })
  })

  it('may be a gap that a reading made in front of everything', () => {
    const gap = { kind: 'gap', bytes: 0, reason: 'epoch', seq: 0, at: 0 }
    expect(parseWireEntry(gap)).toEqual(gap)
  })

  it('takes over no prototype', () => {
    const value = JSON.parse(
      '{"__proto__":{"text":"x"},"kind":"input","author":"a","length":1,"seq":3,"at":0}',
    )
    expect(parseWireEntry(value)?.kind).toBe('input')
    expect(parseWireEntry(value)).not.toHaveProperty('text')
    expect(parseWireEntry(JSON.parse('{"__proto__":{"kind":"mark","mark":{"type":"turn"}}}'))).toBeNull()
  })

  it.each([
    [undefined],
    [null],
    [7],
    ['mark'],
    [[]],
    [{}],
    [{ ...turn, kind: 'constructor' }],
    [{ ...turn, kind: ['mark'] }],
    [{ ...turn, mark: { type: 'toString' } }],
    [{ ...turn, mark: null }],
    [{ ...turn, seq: undefined }],
    [{ ...turn, seq: '3' }],
    [{ ...turn, seq: -1 }],
    [{ ...turn, seq: 1.5 }],
    [{ ...turn, seq: 2 ** 53 }],
    [{ ...turn, at: null }],
    [{ ...turn, at: 0.5 }],
    [{ kind: 'output', ...place }],
    [{ kind: 'output', data: { length: 4 }, ...place }],
    [{ kind: 'output', data: 'x'.repeat(2 * MAX_ENTRY_BYTES + 1), ...place }],
    [{ kind: 'output', data: 'ff', encoding: 'hex', ...place }],
    [{ kind: 'output', data: 'ff', encoding: null, ...place }],
    [{ kind: 'output', data: 'ff', layer: 'other', ...place }],
    [{ kind: 'input', author: 1, length: 1, ...place }],
    [{ kind: 'input', author: 'a', length: -1, ...place }],
    [{ kind: 'input', author: 'a', length: 1, text: null, ...place }],
    [{ kind: 'state', state: 'x'.repeat(65), ...place }],
    [{ kind: 'state', exitCode: '0', ...place }],
    [{ kind: 'state', cols: -1, ...place }],
    [{ kind: 'gap', reason: 'r', ...place }],
    [{ kind: 'gap', bytes: 1, fromSeq: 'a', reason: 'r', ...place }],
    [{ kind: 'notice', text: 'x', format: 'latex', author: 'a', ...place }],
    [{ kind: 'notice', text: 'x'.repeat(4 * 1024 * 1024 + 1), format: 'text', author: 'a', ...place }],
  ])('is none: %j', value => {
    expect(parseWireEntry(value)).toBeNull()
  })
})
