import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { roomForFile, type Watched, watchedIn } from '../../support/telegram-daemon.ts'
import { until } from '../../support/until.ts'

const file = roomForFile({ options: { maskPatterns: ['hush-[0-9]+'] } })

const notify = (session: Watched, text: string, format: string) =>
  file.daemon.call('session.notify', { session_id: session.id, text, format })
const texts = (session: Watched) => session.said.slice(1).map(({ text }) => text)

test('a result has exactly what was printed, indented and empty lines too', async () => {
  const session = await file.start('exact')
  session.type(`printf '  two\\n\\n\\tbut <b>& "four"\\n'; exit_with() { return 7; }; exit_with`)
  const result = await session.sees('exit 7')
  expect(result.entityTexts('pre')).toEqual(['  two\n\n        but <b>& "four"'])
})

test('a command that prints nothing has a result too', async () => {
  const session = await file.start('quiet')
  session.type('true')
  expect((await session.sees('exit 0')).text).toBe('true Ada\n✅ exit 0')
})

test('what the shell cannot parse has a result; Enter at an empty prompt has none', async () => {
  const session = await file.start('syntax')
  await session.sees('syntax')
  await file.daemon.call('session.keys', { session_id: session.id, keys: ['enter'] })
  session.type('if then')
  const result = await session.sees('❌')
  expect(result.text).toBe("if then Ada\n❌ exit 2\nbash: syntax error near unexpected token `then'")
  expect(texts(session)).toEqual([result.text])
})

test('several lines that are sent at once have one result', async () => {
  const session = await file.start('lines')
  session.type('echo one\necho two')
  const result = await session.sees('two')
  expect(result.text).toBe('echo one\necho two Ada\n✅ exit 0\none\ntwo')
})

test('what is typed while a command runs is done after it, with results of their own and in order', async () => {
  const session = await file.start('ahead')
  session.type('read -r line; echo "got $line"')
  await until(async () => (await file.daemon.get(session.id)).state === 'busy')
  session.type('an answer')
  session.type('echo next')
  // What was typed ahead is shown in what the first printed too.
  await session.sees(/exit 0[\s\S]*\nnext$/)
  expect(texts(session).join('\n')).toMatch(/got an answer[\s\S]*exit 0[\s\S]*next$/)
})

test('what was typed on another surface says who typed it, and where', async () => {
  const session = await file.start('elsewhere')
  await file.daemon.send(session.id, 'echo hello')
  expect((await session.sees('exit 0')).text).toMatch(/^echo hello \S+ via test\n✅ exit 0\nhello$/)
})

test('a result that needs several messages comes in order, none of it lost', async () => {
  const session = await file.start('several')
  session.type('seq -f "line %g of the output" 1 450')
  await session.sees('line 450')
  const messages = session.said.slice(1)
  expect(messages.length).toBe(3)
  const lines = messages
    .flatMap(message => message.entityTexts('pre'))
    .join('\n')
    .split('\n')
  expect(lines).toEqual(Array.from({ length: 450 }, (_, n) => `line ${n + 1} of the output`))
})

test('a longer one is a file with all of it, and its end as the caption', async () => {
  const session = await file.start('long')
  session.type('seq 1 30000')
  const result = await session.sees('30000')
  expect(result.text).toMatch(/^seq 1 30000 Ada\n✅ exit 0.*\n…\n[\s\S]*\n29999\n30000$/)
  expect(result.document?.name).toBe('output.txt')
  const content = Buffer.from(result.document?.bytes ?? []).toString()
  expect(content.startsWith('seq 1 30000 Ada\n✅ exit 0')).toBe(true)
  expect(content.endsWith(`${Array.from({ length: 30000 }, (_, n) => n + 1).join('\n')}\n`)).toBe(true)
})

test('notices are shown in their format, whoever wrote them', async () => {
  const session = await file.start('notices')
  await notify(session, 'plain *not bold* <b>', 'text')
  expect((await session.sees('plain')).text).toMatch(/^💬 .* via test\nplain \*not bold\* <b>$/)
  await notify(session, '**bold** and `code`\n\n```js\nlet a = "</pre>"\n```', 'markdown')
  const markdown = await session.sees('bold and')
  expect(markdown.entityTexts('bold')).toEqual(['bold'])
  expect(markdown.entityTexts('pre')).toEqual(['let a = "</pre>"'])
  await notify(session, '<b>strong</b> <script>x</script> <a href="javascript:1">no</a>', 'html')
  const html = await session.sees('strong')
  expect(html.entityTexts('bold')).toEqual(['strong'])
  expect(html.entityTexts('text_link')).toEqual([])
})

test.each([
  ['markdown', '**never closed `and ```\nnested <b> [link](http://[', 'never closed'],
  ['html', '<b><i>crossed</b></i> <a href=>x</a> <unknown> &nope; <', 'crossed'],
])('broken %s is shown all the same', async (format, text, shown) => {
  const session = await file.start(`broken ${format}`)
  await notify(session, text, format)
  await session.sees(shown)
})

test('markup that Telegram refuses is sent as plain text', async () => {
  const session = await file.start('refused markup')
  await session.sees('refused markup')
  const refusal = { code: 400, description: "Bad Request: can't parse entities: for the test" }
  file.room.telegram.faults.next('sendMessage', refusal)
  await notify(session, '**loud** words', 'markdown')
  const notice = await session.sees('loud words')
  expect(notice.entityTexts('bold')).toEqual([])
})

test('secrets are masked in what was typed, printed, said and sent', async () => {
  const token = `ghp_${'a1B2'.repeat(9)}`
  const command = `echo ${token} hush-123; exec bash --norc`
  const id = await file.daemon.session({ title: `secret ${token}`, description: token, command })
  const session = watchedIn(file.room, id, await file.room.topic('secret «masked»'))
  await session.sees('started through')
  await notify(session, `the key is ${token}`, 'markdown')
  await session.sees('the key is')
  await file.daemon.call('session.close', { session_id: session.id })
  await until(() => session.topic.isClosed)
  const everything = JSON.stringify(session.topic.everything.map(({ content }) => content))
  expect(everything).not.toContain('hush-123')
  expect(everything).toContain('«masked»')
  expect(everything).not.toContain(token)
})

test('a result that ended while the daemon was away comes when it is back, once', async () => {
  const session = await file.start('away')
  const go = join(file.daemon.home, 'go')
  session.type(`echo begun; until [ -e ${go} ]; do sleep 0.02; done; echo finished`)
  await until(async () => (await file.daemon.read(session.id)).output.includes('begun\n'))
  await file.daemon.kill('SIGKILL')
  writeFileSync(go, '')
  await file.daemon.start()
  const result = await session.sees('finished')
  expect(result.text).toMatch(/^echo begun.* Ada\n✅ exit 0.*\nbegun\nfinished$/)
  session.type('echo again')
  await session.sees(/^echo again Ada/)
  expect(texts(session).filter(text => text.endsWith('finished'))).toHaveLength(1)
  expect(texts(session).filter(text => text.startsWith('🖥'))).toHaveLength(0)
})
