import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { entriesOf } from '../../support/journal-commands.ts'
import { mayMountDisk, mountSmallDisk } from '../../support/small-disk.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

const room = peopleForFile({ options: () => ({ uploadMaxBytes: 100_000 }) })
const SAVED = '📎 Saved, and its path is typed. What you write next goes behind it.'

const uploads = () => join(room.daemon.stateDir, 'telegram/uploads')

/** What is there of a session's files. */
function filesOf(session: string): readonly string[] {
  const folder = join(uploads(), session)
  return existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []
}

function partials(): readonly string[] {
  const folder = join(uploads(), '.partial')
  return existsSync(folder) ? readdirSync(folder) : []
}

test('a file is saved for its owner alone, and its path is typed without Enter', async () => {
  const { ada } = room
  const { id, topic } = await room.start('plain')
  ada.say(topic, 'wc -c \\')
  const answer = await room.answer(ada.sendDocument(topic, Buffer.from('four'), 'notes.txt'))
  expect(answer.text).toBe(SAVED)
  const [path = ''] = filesOf(id)
  expect(basename(path)).toMatch(/^[0-9a-f]{8}-notes\.txt$/)
  expect(readFileSync(path, 'utf8')).toBe('four')
  expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700])
  ada.say(topic, '; echo counted')
  await room.sees(topic, /4 .*notes\.txt\ncounted$/)
})

test('with a caption it is typed behind that, with Enter', async () => {
  const { ada, bot } = room
  const { topic } = await room.start('caption')
  const sent = ada.sendDocument(topic, Buffer.from('one\ntwo\n'), 'two lines.txt', { caption: 'wc -l' })
  await room.sees(topic, /exit 0.*\n2 .*two lines\.txt$/s)
  await until(() => sent.reactions.has(bot.id), 'a reaction')
})

test('of an album nothing is entered before all of it is typed', async () => {
  const { ada, bot } = room
  const { id, topic } = await room.start('album')
  const send = (text: string, caption?: string) =>
    ada.sendPhoto(topic, Buffer.from(text), { album: '7', ...(caption && { caption }) })
  const [first, second] = [send('one ', 'cat'), send('two')]
  expect((await room.answer(first)).text).toBe(
    '📎 Your words and the paths of these files are typed, without Enter: what you write next goes behind them.',
  )
  await until(() => second.reactions.has(bot.id), 'a reaction')
  expect(filesOf(id)).toHaveLength(2)
  ada.say(topic, '; echo')
  await room.sees(topic, /exit 0.*\none two$/s)
  expect(room.said(topic).filter(({ replyTo }) => replyTo === second)).toEqual([])
})

test('a photo gets a name', async () => {
  const { ada } = room
  const { id, topic } = await room.start('photo')
  ada.sendPhoto(topic, Buffer.from('jpeg'), { caption: 'cat' })
  await room.sees(topic, /exit 0.*\njpeg$/s)
  expect(filesOf(id).map(path => basename(path))).toEqual([expect.stringMatching(/^[0-9a-f]{8}-file\.jpg$/)])
})

test.each([
  ['a way out', '../../../etc/passwd', 'passwd'],
  ['another way out', '..\\..\\x.txt', 'x.txt'],
  ['only dots', '..', 'file'],
  ['a newline', 'a\nrm -rf ~\n.txt', 'a_rm -rf _.txt'],
  ['quotes and more', `'"$(touch x)\`;&|<>*?.txt`, '_touch x_.txt'],
  ['an option', '-rf', 'rf'],
  ['hidden', '.bashrc', 'bashrc'],
  ['nothing', '', 'file'],
  ['blanks', '   ', 'file'],
  ['turned around', 'a\u202etxt.exe', 'atxt.exe'],
  ['another language', 'Résumé – עברית.pdf', 'Résumé _ עברית.pdf'],
  ['300 letters', `${'a'.repeat(300)}.txt`, `${'a'.repeat(156)}.txt`],
  ['300 letters of three bytes', `${'語'.repeat(300)}.txt`, `${'語'.repeat(52)}.txt`],
  ['an escape sequence', '\x1b[31mred\x1b[0m.txt', 'red.txt'],
])('a name with %s is harmless', async (what, name, saved) => {
  const { ada } = room
  const { id, topic } = await room.start(`name ${what}`)
  ada.sendDocument(topic, Buffer.from('harmless'), name, { caption: 'cat' })
  await room.sees(topic, /exit 0.*\nharmless$/s)
  const names = filesOf(id).map(path => basename(path).slice(9))
  expect(names).toEqual([saved])
})

test('a file that is too large is refused before it is fetched', async () => {
  const { ada, telegram } = room
  const { id, topic } = await room.start('large')
  const before = telegram.counts.of('getFile')
  const answer = await room.answer(ada.sendDocument(topic, Buffer.alloc(100_001), 'large.bin'))
  expect(answer.text).toBe('⚠️ The file is too large: 100 KB is the most that is taken.\nTC_ERR_FILE')
  expect(telegram.counts.of('getFile')).toBe(before)
  expect(filesOf(id)).toEqual([])
})

test('so is one of which Telegram says only then that it is', async () => {
  const { ada, telegram } = room
  const { id, topic } = await room.start('too large for bots')
  telegram.faults.next('getFile', { code: 400, description: 'Bad Request: file is too big' })
  const answer = await room.answer(ada.sendDocument(topic, Buffer.from('x'), 'large.bin'))
  expect(answer.text).toMatch(/The file is too large/)
  expect([filesOf(id), partials()]).toEqual([[], []])
})

test('a download that breaks off is begun anew', async () => {
  const { ada, telegram } = room
  const { id, topic } = await room.start('broken')
  telegram.faults.next('getFile', 'disconnect-after')
  const sent = ada.sendDocument(topic, Buffer.from('whole'), 'x.txt')
  expect((await room.answer(sent)).text).toBe(SAVED)
  expect(filesOf(id).map(path => readFileSync(path, 'utf8'))).toEqual(['whole'])
})

test('in General, files have nowhere to go', async () => {
  const { ada, bot } = room
  const answer = await room.answer(ada.sendDocument(bot, Buffer.from('x'), 'x.txt'))
  expect(answer.text).toBe(
    'Send files to the topic of a session: they are saved on its computer, and their path is typed.',
  )
})

test('an ended session takes none', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('ended')
  await daemon.call('session.close', { session_id: id })
  await until(() => topic.isClosed, 'a closed topic')
  const answer = await room.answer(ada.sendDocument(topic, Buffer.from('x'), 'x.txt'))
  expect(answer.text).toMatch(/^This session has ended\./)
  expect(filesOf(id)).toEqual([])
})

test('where nothing can be saved, nothing is typed', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('no folder')
  mkdirSync(uploads(), { recursive: true })
  writeFileSync(join(uploads(), id), 'in the way')
  const answer = await room.answer(ada.sendDocument(topic, Buffer.from('x'), 'x.txt', { caption: 'cat' }))
  expect(answer.text).toBe('⚠️ The file could not be saved on alpha: EEXIST. Nothing was typed.\nTC_ERR_FILE')
  expect((await entriesOf(daemon, id)).filter(({ kind }) => kind === 'input')).toEqual([])
})

describe.runIf(mayMountDisk())('on a disk of its own', () => {
  test('a full disk is told, and leaves nothing half-done', async () => {
    const { ada, daemon } = room
    const { id, topic } = await room.start('full disk')
    const disk = mountSmallDisk(1)
    rmSync(uploads(), { recursive: true, force: true })
    symlinkSync(disk.path, uploads())
    onTestFinished(() => rmSync(uploads()))
    disk.fill(50_000)
    const answer = await room.answer(
      ada.sendDocument(topic, Buffer.alloc(90_000), 'x.bin', { caption: 'cat' }),
    )
    expect(answer.text).toBe(
      '⚠️ The file could not be saved on alpha: its disk is full. Nothing was typed.\nTC_ERR_FILE',
    )
    expect([filesOf(id), partials()]).toEqual([[], []])
    expect((await entriesOf(daemon, id)).filter(({ kind }) => kind === 'input')).toEqual([])
    disk.makeRoom()
    expect((await room.answer(ada.sendDocument(topic, Buffer.alloc(90_000), 'x.bin'))).text).toBe(SAVED)
  })
})

test('at its start the daemon removes what is half-done, and what sessions left that it has forgotten', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('kept')
  await room.answer(ada.sendDocument(topic, Buffer.from('x'), 'x.txt'))
  await daemon.kill('SIGKILL')
  mkdirSync(join(uploads(), 'forgotten'))
  writeFileSync(join(uploads(), 'forgotten', 'x.txt'), 'x')
  writeFileSync(join(uploads(), '.partial', 'x.txt'), 'x')
  await daemon.start()
  await until(() => !existsSync(join(uploads(), 'forgotten')), 'a tidy folder')
  expect(partials()).toEqual([])
  expect(filesOf(id)).toHaveLength(1)
})

test('a forwarded file is refused, as forwarded text is', async () => {
  const { ada, daemon } = room
  const { id, topic } = await room.start('forwarded')
  const options = { caption: 'cat', forwardedFrom: ada }
  const sent = ada.sendDocument(topic, Buffer.from('x'), 'x.txt', options)
  expect((await room.answer(sent)).text).toBe(
    'Forwarded files are not saved. If you mean it, send the file itself.',
  )
  expect(filesOf(id)).toEqual([])
  expect((await entriesOf(daemon, id)).filter(({ kind }) => kind === 'input')).toEqual([])
})
