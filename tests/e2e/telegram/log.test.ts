import { readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Reading } from '../../support/daemon.ts'
import { privateMiB } from '../../support/processes.ts'
import { mayMountDisk, mountSmallDisk } from '../../support/small-disk.ts'
import type { Topic } from '../../support/telegram/index.ts'
import { peopleForFile } from '../../support/telegram-people.ts'
import { until } from '../../support/until.ts'

/** More than a daemon's memory goes up and down by. */
const MUCH_BYTES = 40_000_000
const room = peopleForFile({ config: { retention: { liveBytes: 2 * MUCH_BYTES } } })
const UNDER_WAY = 'The log is on its way already.'

const logsIn = (topic: Topic, title: string) =>
  room.said(topic).flatMap(({ document }) => (document?.name === `${title}.txt` ? [document] : []))
const folder = () => join(room.daemon.stateDir, 'telegram/logs')

/** Has the next log hang while it is sent. */
async function hangingLog(ask: () => unknown): Promise<void> {
  const { faults } = room.telegram
  const before = faults.taken.length
  faults.next('sendDocument', 'timeout')
  await ask()
  await until(() => faults.taken.length > before, 'a log that is being sent')
}

/** Everything that a session prints up to some text, as reading it page by page gives it. */
async function printedUpTo(last: string, session_id: string): Promise<string> {
  let text = ''
  for (let since = '0'; !text.endsWith(last); ) {
    const ask = { session_id, since, max_bytes: 1_048_576, wait_ms: 10_000 }
    const page = await room.daemon.call<Reading>('session.read', ask)
    text += page.output
    since = page.cursor
  }
  return text
}

test('/log sends all of 40 MB, and costs the daemon little memory', async () => {
  const { ada, daemon } = room
  const small = await room.start('small', { command: ['bash', '-c', 'echo little; exec cat'] })
  // Of one that has printed nothing there is no file.
  await printedUpTo('little\n', small.id)
  ada.say(small.topic, '/log') // What a first log loads is not what a large one costs.
  await until(() => logsIn(small.topic, 'small')[0], 'the small log')
  const script = `yes "$(seq -s " " 1 40)" | head -c ${MUCH_BYTES}; echo; echo the end; exec cat`
  const { id, topic } = await room.start('everything', { command: ['bash', '-c', script] })
  const printed = await printedUpTo('\nthe end\n', id)
  const before = privateMiB(daemon.pid)
  let most = before
  ada.say(topic, '/log')
  const file = await until(
    () => {
      most = Math.max(most, privateMiB(daemon.pid))
      return logsIn(topic, 'everything')[0]
    },
    'the log',
    60_000,
  )
  expect(printed.length).toBeGreaterThan(MUCH_BYTES)
  expect(Buffer.from(file.bytes).equals(Buffer.from(printed))).toBe(true)
  expect(most - before).toBeLessThan(20)
}, 90_000)

test('a session’s log is sent once at a time, whoever asks for it, and nothing else waits for it', async () => {
  const { ada, grace, telegram } = room
  const { topic, card } = await room.start('once')
  ada.say(topic, 'echo before')
  await room.sees(topic, /\nbefore$/)
  const press = () => ada.press(card, '📄 log')
  await hangingLog(async () => expect(await press()).toMatchObject({ text: 'The log comes as a file.' }))
  expect(await grace.press(card, '📄 log')).toMatchObject({ text: UNDER_WAY })
  expect((await room.answer(grace.say(topic, '/log'))).text).toBe(UNDER_WAY)
  ada.say(topic, 'echo after')
  await room.sees(topic, /\nafter$/)
  expect(logsIn(topic, 'once')).toEqual([])

  await telegram.stop()
  await telegram.resume()
  const log = await until(() => logsIn(topic, 'once')[0], 'the log')
  expect(Buffer.from(log.bytes).toString()).toBe('$ echo before\nbefore\n$ ')
  await room.quiet()
  expect(logsIn(topic, 'once')).toHaveLength(1)
  expect(await press()).toMatchObject({ text: 'The log comes as a file.' })
  await until(() => logsIn(topic, 'once').length > 1, 'another log')
})

test('secrets are masked in it, and nothing is sent of nothing', async () => {
  const { ada } = room
  const { topic } = await room.start('secret', {
    command: ['bash', '-c', 'read line; echo "$line"; sleep 60'],
  })
  expect((await room.answer(ada.say(topic, '/log'))).text).toBe('Nothing was printed yet.')
  ada.say(topic, 'DB_PASSWORD=hunter2')
  await room.sees(topic, /DB_PASSWORD=«masked»/)
  ada.say(topic, '/log')
  const log = await until(() => logsIn(topic, 'secret')[0], 'the log')
  expect(Buffer.from(log.bytes).toString()).toBe('DB_PASSWORD=«masked»\nDB_PASSWORD=«masked»\n')
})

test('a daemon that is killed while it sends one leaves nothing of it', async () => {
  const { ada, daemon } = room
  const { topic } = await room.start('killed')
  ada.say(topic, 'echo shown')
  await room.sees(topic, /\nshown$/)
  await hangingLog(() => ada.say(topic, '/log'))
  expect([readdirSync(folder()), statSync(folder()).mode & 0o777]).toEqual([[], 0o700])
  await daemon.kill('SIGKILL')
  expect(readdirSync(folder())).toEqual([])
  await daemon.start()
  await room.sees(topic, 'This computer stopped while it did this')
})

describe.runIf(mayMountDisk())('on a disk of its own', () => {
  test('a full disk is told, and nothing is left behind', async () => {
    const { ada } = room
    const { topic } = await room.start('full disk')
    ada.say(topic, 'seq 1 50000')
    await room.sees(topic, /exit 0/)
    const disk = mountSmallDisk(1)
    rmSync(folder(), { recursive: true, force: true })
    symlinkSync(disk.path, folder())
    onTestFinished(() => rmSync(folder()))
    disk.fill(50_000)
    expect((await room.answer(ada.say(topic, '/log'))).text).toBe(
      '⚠️ The log could not be written on alpha: its disk is full. Nothing was sent.\nTC_ERR_FILE',
    )
    expect(readdirSync(disk.path)).toEqual(['ballast'])
    disk.makeRoom()
    ada.say(topic, '/log')
    await until(() => logsIn(topic, 'full disk').length > 0, 'the log')
  })
})
