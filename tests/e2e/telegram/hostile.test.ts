import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChatMessage } from '../../support/telegram/index.ts'
import { roomForFile, type Watched } from '../../support/telegram-daemon.ts'
import { until } from '../../support/until.ts'

const file = roomForFile({ options: { finalMessages: 10 } })

const contentOf = ({ document }: ChatMessage) => Buffer.from(document?.bytes ?? []).toString()

/** Has a session print bytes; settles with the messages of the result. */
async function printed(session: Watched, bytes: string | Uint8Array): Promise<readonly ChatMessage[]> {
  const path = join(file.daemon.home, `${session.id}.bin`)
  writeFileSync(path, bytes)
  session.type(`cat ${path}; echo`)
  await session.sees(/^cat .* Ada\n✅ exit 0/)
  await until(async () => {
    const { channels } = await file.daemon.status()
    return channels.every(
      ({ session: id, behind, state }) => id !== session.id || (behind === 0 && state === 'idle'),
    )
  })
  return session.said.slice(1)
}
const texts = (messages: readonly ChatMessage[]) =>
  messages.flatMap(message => message.entityTexts('pre')).join('\n')

test('a line of a megabyte is a file', async () => {
  const [message] = await printed(await file.start('line'), 'x'.repeat(1e6))
  expect(message && contentOf(message).split('\n')[2]).toBe('x'.repeat(1e6))
  expect(message?.text.length).toBeLessThanOrEqual(1024)
  expect(message?.text).toMatch(/…x+$/)
})

test('only newlines are nothing', async () => {
  const messages = await printed(await file.start('newlines'), '\n'.repeat(100_000))
  expect(messages.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^cat .* Ada\n✅ exit 0( · [\d.]+ s)?$/),
  ])
})

test('what turns the direction of text, or is not seen, is taken out', async () => {
  const messages = await printed(await file.start('rtl'), 'a\u202eb\u2066c\u200bd\ufeffe שלום עליכם')
  expect(texts(messages)).toBe('abcde שלום עליכם')
})

test('emoji are never cut in two', async () => {
  const family = '👨‍👩‍👧‍👦'
  const messages = await printed(await file.start('emoji'), family.repeat(2000))
  expect(messages.length).toBeGreaterThan(4)
  const parts = messages.flatMap(message => message.entityTexts('pre'))
  for (const part of parts) expect(part.replaceAll(family, '')).toBe('')
  expect(parts.join('')).toBe(family.repeat(2000))
})

test.each([
  ['HTML', '</pre></code><b>bold</b><a href="tg://user?id=1">you</a><script>&amp;&lt;&#0;<!-- --><pre>'],
  ['Markdown', '```js\n````\n```\n**x** __y__ [a](http://b) ~~~ > | # \\* ||spoiler|| `` ` ``'],
])('%s is shown as it is', async (name, text) => {
  const messages = await printed(await file.start(name), text)
  expect(texts(messages)).toBe(text)
  expect(messages.flatMap(({ entities }) => entities.map(({ type }) => type))).not.toContain('text_link')
})

test('ANSI art is text', async () => {
  const art =
    '\x1b[31m█▀▀\x1b[0m\x1b[48;2;1;2;3m ▄▄ \x1b[K\x1b[m\x1b]0;title\x07\x1b]8;;http://x\x07link\x1b]8;;\x07\x1bP1;2q#0\x1b\\'
  expect(texts(await printed(await file.start('ansi'), art))).toBe('█▀▀ ▄▄ link')
})

test('NUL, other control characters and bytes that are no UTF-8 do no harm', async () => {
  const bytes = Buffer.concat([
    Buffer.from('a\0b\x01\x02c\x7f'),
    Buffer.from([0xff, 0xfe, 0xc3]),
    Buffer.from('d'),
  ])
  expect(texts(await printed(await file.start('bytes'), bytes))).toBe('abc\ufffd\ufffd\ufffdd')
})

test('a secret is masked in live output, the result, and the file of a long one', async () => {
  const token = `ghp_${'a1B2'.repeat(9)}`
  const session = await file.start('secrets')
  session.type(`printf 'gh''p_%s\\n' ${token.slice(4)}; sleep 2; seq 1 30000`)
  await session.sees(/running[\s\S]*«masked»$/)
  const result = await until(() => session.said.find(({ document }) => document))
  expect(contentOf(result)).toContain('\n«masked»\n1\n2\n')
  const seen = session.topic.everything.flatMap(message => [
    ...message.sightings.map(({ text }) => text),
    contentOf(message),
  ])
  expect(seen.filter(text => text.includes(token))).toEqual([])
})
