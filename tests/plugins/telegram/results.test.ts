import { describe, expect, test } from 'vitest'
import type { Epoch, Notice } from '../../../core/index.ts'
import { createMask, plainOf, telegramLength } from '../../../plugins/telegram/text/index.ts'
import type { Final } from '../../../plugins/telegram/topics/activity.ts'
import { composeResults } from '../../../plugins/telegram/topics/results.ts'

const EPOCH = 'abcdefgh' as Epoch

function compose(
  finals: readonly Final[],
  printed: string | Record<number, string>,
  maxMessages = 3,
  missing = 0,
) {
  const textOf = (to: number) => (typeof printed === 'string' ? printed : (printed[to] ?? ''))
  return composeResults('session', EPOCH, finals, {
    read: async (_session, _epoch, { to }) => ({ text: textOf(to), missing, isMoreMissing: false }),
    mask: createMask(true),
    names: { get: id => (id === 7 ? 'Ada <b>' : undefined) },
    maxMessages,
  })
}

const command = (text: string, to = 9, exitCode: number | null = 0): Final => ({
  ...{ type: 'command', from: 1, to, missing: 0, exitCode, durationMs: 1200, isMarked: true },
  typed: { text, author: 'telegram telegram:7' },
})
const notice = (text: string, more: Partial<Notice> = {}): Final => ({
  type: 'notice',
  notice: { kind: 'notice', text, format: 'text', author: 'mcp user:bob', ...more },
  to: 3,
})

describe('a command’s result', () => {
  test('says what was typed, by whom, how it ended, and all that it printed', async () => {
    const [message, ...rest] = await compose([command('ls -l', 9, 2)], 'one\ntwo\n')
    expect(rest).toEqual([])
    expect(message).toMatchObject({ type: 'text' })
    const text = message?.type === 'text' ? plainOf(message.html) : ''
    expect(text).toBe('ls -l Ada <b>\n❌ exit 2 · 1.2 s\none\ntwo')
  })

  test('escapes whatever was typed or printed', async () => {
    const [message] = await compose([command('echo "<b>"')], '</pre><a href="tg://user?id=1">x</a>')
    const html = message?.type === 'text' ? message.html : ''
    expect(html).toContain('<code>echo &quot;&lt;b&gt;&quot;</code>')
    expect(html).toContain('<pre>&lt;/pre&gt;&lt;a href=&quot;tg://user?id=1&quot;&gt;x&lt;/a&gt;</pre>')
  })

  test('shows the beginning of a long one, which ends in no character', async () => {
    const family = '👨‍👩‍👧‍👦'
    const [message] = await compose([command(`${'x'.repeat(195)}${family}${family}`)], '')
    const html = message?.type === 'text' ? message.html : ''
    expect(html).toContain(`<code>${'x'.repeat(195)}…</code>`)
  })

  test('masks secrets in both', async () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`
    const messages = await compose([command(`export TOKEN=${secret}`)], `got ${secret}`)
    expect(JSON.stringify(messages)).not.toContain(secret)
    expect(JSON.stringify(messages)).toContain('«masked»')
  })

  test('of more than one message comes in several, each short enough', async () => {
    const lines = Array.from({ length: 150 }, (_, n) => `line ${n} ${'x'.repeat(40)}`).join('\n')
    const messages = await compose([command('many')], lines)
    expect(messages.length).toBeGreaterThan(1)
    for (const message of messages) {
      expect(message.type).toBe('text')
      if (message.type === 'text') expect(telegramLength(message.html)).toBeLessThanOrEqual(4096)
    }
  })

  test('of too many messages is a file with all of it, and its end as the caption', async () => {
    const lines = Array.from({ length: 2000 }, (_, n) => `line ${n}`).join('\n')
    const [message, ...rest] = await compose([command('seq')], lines)
    expect(rest).toEqual([])
    expect(message).toMatchObject({ type: 'text-file', name: 'output.txt' })
    if (message?.type !== 'text-file') return
    expect(message.text).toContain(lines)
    expect(plainOf(message.caption)).toMatch(/exit 0.*line 1999$/s)
    expect(telegramLength(message.caption)).toBeLessThanOrEqual(1024)
  })

  test('says how much of the output is not kept any more', async () => {
    const [message] = await compose([command('cat')], 'end', 3, 3_400_000)
    expect(message?.type === 'text' && plainOf(message.html)).toContain('3.4 MB of it are not here')
  })
})

describe('results that pile up', () => {
  test('are one message', async () => {
    const messages = await compose([command('a', 4), notice('halfway'), command('b', 8)], { 4: 'A', 8: 'B' })
    expect(messages).toHaveLength(1)
    expect(plainOf(messages[0]?.type === 'text' ? messages[0].html : '')).toMatch(/a .*A.*halfway.*b .*B/s)
  })

  test('around a file keep their order', async () => {
    const file = { path: '/tmp/x.png', name: 'x.png', bytes: 3 }
    const messages = await compose([command('a'), notice('see', { file }), command('b')], '')
    expect(messages.map(({ type }) => type)).toEqual(['text', 'file', 'text'])
  })
})

describe('a notice', () => {
  test('in Markdown is shown as such', async () => {
    const [message] = await compose([notice('**bold** and `code`', { format: 'markdown' })], '')
    expect(message?.type === 'text' && message.html).toContain('<b>bold</b> and <code>code</code>')
  })

  test('in HTML keeps only what Telegram has', async () => {
    const [message] = await compose([notice('<b>x</b><script>y</script>', { format: 'html' })], '')
    const html = message?.type === 'text' ? message.html : ''
    expect(html).toContain('<b>x</b>')
    expect(html).not.toContain('<script>')
  })
})

describe('secrets', () => {
  const secret = `ghp_${'a1B2c3D4'.repeat(5)}`
  const htmlOf = async (one: Final) => {
    const [message] = await compose([one], '')
    return message?.type === 'text' ? message.html : ''
  }

  test.each([
    ['markdown', secret.replace('_', '\\_')],
    ['markdown', '**API key:** `abcd1234efgh5678`'],
    ['markdown', `[x](https://h.example/${secret.replace('_', '&#95;')})`],
    ['html', secret.replace('_', '&#95;')],
    ['html', `gh<b>p_</b>${secret.slice(4)}`],
  ] as const)('that markup hides are masked where it is rendered: %s %s', async (format, text) => {
    const html = await htmlOf(notice(text, { format }))
    expect(html).toMatch(/«masked»|^\S+ <i>bob via mcp<\/i>\nx$/)
    expect(html).not.toMatch(/a1B2c3D4|abcd1234/)
  })

  test('in the reason of an end are masked', async () => {
    const html = await htmlOf({
      ...{ type: 'ended', from: 1, to: 2, missing: 0, typed: null },
      ...{ state: 'failed', reason: `no such file: ${secret}`, exitCode: 1 },
    })
    expect(html).toContain('no such file: «masked»')
  })
})

test.each([
  ['text', 'ask @alice, /cancel or a@b.example in /etc/passwd'],
  ['markdown', '**ask** @alice, /cancel or a@b.example in /etc/passwd'],
  ['html', 'ask @<b>alice</b>, /<i>cancel</i> or a@b.example in /etc/passwd'],
] as const)('a notice in %s mentions nobody and has no command to tap', async (format, text) => {
  const [message] = await compose([notice(text, { format })], '')
  const shown = message?.type === 'text' ? plainOf(message.html) : ''
  expect(shown).toBe('💬 bob via mcp\nask @\u200dalice, /\u200dcancel or a@b.example in /etc/passwd')
})

test('what is code in a notice stays as it is', async () => {
  const [message] = await compose([notice('`@alice /cancel`', { format: 'markdown' })], '')
  expect(message?.type === 'text' && message.html).toContain('<code>@alice /cancel</code>')
})
