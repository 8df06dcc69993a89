import { describe, expect, test } from 'vitest'
import { type Append, MAX_ENTRY_BYTES } from '../../../core/index.ts'
import { createMarkReader } from '../../../plugins/terminal/output/marks.ts'
import {
  INITIAL_STATE,
  type ParserState,
  StreamParser,
} from '../../../plugins/terminal/output/stream-parser.ts'

const SECRET = 'abcdefgh'
const mark = (rest: string) => `\x1b]7331;${SECRET};42;${rest}\x07`

function parser(position = 0, state: ParserState = INITIAL_STATE): StreamParser {
  return new StreamParser({
    stream: 's',
    position,
    state,
    marks: createMarkReader(SECRET, 42),
    now: () => 0,
  })
}

function parse(...chunks: (string | Buffer)[]): Append[] {
  const it = parser()
  return [...chunks.flatMap(chunk => it.push(Buffer.from(chunk))), ...it.flush()]
}

/** Entries as a reader sees them: joined where only the cutting differs. */
function essence(entries: readonly Append[]): string[] {
  const seen: string[] = []
  for (const entry of entries) {
    const layer = entry.kind === 'output' ? `${entry.layer ?? 'text'}:` : ''
    if (entry.kind !== 'output') seen.push(JSON.stringify(entry.kind === 'mark' ? entry.mark : entry))
    else if (seen.at(-1)?.startsWith(layer))
      seen.push(seen.pop() + Buffer.from(entry.data).toString('latin1'))
    else seen.push(layer + Buffer.from(entry.data).toString('latin1'))
  }
  return seen
}

describe('the stream parser', () => {
  test('takes our marks out and leaves everything else, forged marks included', () => {
    const forged = '\x1b]7331;wrong123;42;s\x07\x1b]133;C\x07\x1b]7331;s\x07'
    const entries = parse(`a${mark('p;1')}b${mark('s')}${forged}c${mark('e;3;/tmp')}`)
    expect(essence(entries)).toEqual([
      'text:a',
      '{"type":"prompt","cwd":null}',
      'text:b',
      '{"type":"start"}',
      `text:${forged}c`,
      '{"type":"end","exitCode":3,"durationMs":0,"cwd":"/tmp"}',
    ])
  })

  test.each([
    ['its title', '\x1b]0;t ~\x07\x1b[30m\x1b(B\x1b[m\r', '\x1b[31mred'],
    ['its title within tmux', '\x1b]0;t ~\x07\x1b[30m\x1b[m\x0f\r', '\rx'],
    ['a title without a way back', '\x1b]0;t\x07', 'plain'],
    ['no title', '', '\x1b[30m\x1b[mplain'],
    ['nothing', '', ''],
  ])(
    'counts as output what follows what the shell itself says before a command: %s',
    (_what, own, output) => {
      const stream = `${mark('s;t')}${own}${output}${mark('e;0;/')}`
      const expected = [
        ...(own ? [`text:${own}`] : []),
        '{"type":"start"}',
        ...(output ? [`text:${output}`] : []),
        '{"type":"end","exitCode":0,"durationMs":0,"cwd":"/"}',
      ]
      const prompt = mark('e;0;/') + mark('p')
      expect(essence(parse(prompt + stream)).slice(1)).toEqual(expected)
      // Wherever it is cut, and whoever goes on with it.
      const bytes = Buffer.from(prompt + stream)
      for (let cut = prompt.length; cut < bytes.length; cut++) {
        const first = parser()
        const before = first.push(bytes.subarray(0, cut))
        const after = parser(first.position, first.state).push(bytes.subarray(first.position))
        expect(essence([...before, ...after]).slice(1)).toEqual(expected)
      }
    },
  )

  test('takes out marks of another process and believes none of them', () => {
    expect(essence(parse(`a\x1b]7331;${SECRET};43;s\x07b`))).toEqual(['text:ab'])
  })

  test('makes one entry of what was printed on both sides of a mark that says nothing, with the place of its end', () => {
    const silent = `\x1b]7331;${SECRET};43;s\x07`
    expect(parse(`a${silent}b`)).toEqual([
      { kind: 'output', data: Buffer.from('ab'), source: { stream: 's', offset: 2 + silent.length } },
    ])
    const large = 'x'.repeat(2000)
    expect(parse(`a${silent}${large}`)).toHaveLength(2)
  })

  test('puts what is drawn on the alternate screen into its own layer, switches included', () => {
    const entries = parse('one\x1b[?1049h\x1b[2Jvim\x1b[?1049ltwo')
    expect(essence(entries)).toEqual(['text:one', 'alternate:\x1b[?1049h\x1b[2Jvim\x1b[?1049l', 'text:two'])
  })

  test('gives an overlong string in pieces of its own layer', () => {
    const image = `\x1bPq${'#'.repeat(20_000)}\x1b\\`
    const entries = parse(`a${image}b`)
    expect(essence(entries)).toEqual(['text:a', `string:${image}`, 'text:b'])
    for (const entry of entries)
      if (entry.kind === 'output') expect(entry.data.length).toBeLessThanOrEqual(MAX_ENTRY_BYTES)
  })

  test('holds back what is not whole, and gives it at the end', () => {
    const it = parser()
    expect(it.push(Buffer.from('a\xc3', 'latin1'))).toHaveLength(1)
    expect(it.position).toBe(1)
    expect(it.push(Buffer.from('\xa9\x1b[3', 'latin1'))).toMatchObject([{ data: Buffer.from('é') }])
    expect(it.flush()).toMatchObject([{ data: Buffer.from('\x1b[3'), source: { offset: 6 } }])
  })

  test('cuts bulk text after a newline', () => {
    const entries = parse(`${'x'.repeat(70)}\n`.repeat(200))
    const ends = entries.map(entry => entry.kind === 'output' && entry.data.at(-1))
    expect(new Set(ends)).toEqual(new Set([10]))
    expect(entries.length).toBeLessThan(6)
  })

  test('passes invalid bytes unchanged', () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => 255 - (i % 128)))
    expect(Buffer.concat(parse(bytes).flatMap(e => (e.kind === 'output' ? [e.data] : [])))).toEqual(bytes)
  })

  test('remembers pasting and cursor modes', () => {
    const it = parser()
    it.push(Buffer.from('\x1b[?1;2004h'))
    expect(it.state.modes).toMatchObject({ applicationCursor: true, bracketedPaste: true })
    it.push(Buffer.from('\x1bc'))
    expect(it.state.modes).toMatchObject({ applicationCursor: false, bracketedPaste: false })
  })
})

describe('however the bytes come in,', () => {
  const pieces = [
    'plain text\r\n',
    'é€😀',
    '\x1b[31mred\x1b[0m',
    mark('s'),
    mark('e;0;/x'),
    mark('p;7'),
    '\x1b[?1049h',
    '\x1b[?1049l',
    `\x1b]0;${'t'.repeat(5000)}\x07`,
    '\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\',
    '\xff\xfe',
    '\x1b',
    '\x1b[',
    'y'.repeat(9000),
    '\x1b]7331;',
    '\n'.repeat(50),
  ]

  test('the entries hold the same, and a parser started at any of their ends goes on the same', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = generator(seed)
      const bytes = Buffer.concat(
        Array.from({ length: 30 }, () => Buffer.from(pieces[random(pieces.length)] ?? '')),
      )
      const whole = essence(parse(bytes))
      const it = parser()
      const entries: Append[] = []
      const states: { position: number; state: ParserState }[] = []
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random(random(2) ? 20 : 6000)
        entries.push(...it.push(Buffer.from(bytes.subarray(at, end))))
        states.push({ position: it.position, state: it.state })
        at = end
      }
      entries.push(...it.flush())
      expect(essence(entries), `seed ${seed}`).toEqual(whole)
      for (const entry of entries)
        if (entry.kind === 'output') expect(entry.data.length).toBeLessThanOrEqual(MAX_ENTRY_BYTES)
      checkRestart(bytes, entries, states, random, seed)
    }
  })
})

/** As after a crash: the state is that of an earlier acknowledgement, the journal ends at some later entry. */
function checkRestart(
  bytes: Buffer,
  entries: readonly Append[],
  states: readonly { position: number; state: ParserState }[],
  random: (below: number) => number,
  seed: number,
): void {
  const index = random(entries.length)
  const reached = entries[index]?.source?.offset ?? 0
  const before = states.filter(({ position }) => position <= reached)
  const { position, state } = before[random(before.length)] ?? { position: 0, state: INITIAL_STATE }
  const it = parser(position, state)
  it.repeat(Buffer.from(bytes.subarray(position, reached)), true)
  const onward = [...it.push(Buffer.from(bytes.subarray(reached))), ...it.flush()]
  expect(essence(onward), `seed ${seed} from ${reached}`).toEqual(essence(entries.slice(index + 1)))
}

/** A small linear congruential generator, so that a failing seed fails again. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
}
