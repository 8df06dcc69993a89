import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MINUTE_MS, timedWork } from './timed-work.ts'

const REFUSED = { code: 400, description: 'Bad Request: SOMETHING_ELSE' }
const CLOSED = { code: 400, description: 'Bad Request: TOPIC_CLOSED' }
const OFTEN = 50

describe('an outage in which Telegram answers what changes nothing', () => {
  test('is in the status until something was sent', async () => {
    const work = await timedWork()
    work.room.telegram.faults.next('sendMessage', '502', 5000)
    await work.run('one')
    for (let minute = 0; minute < 5; minute++) {
      await work.pass(MINUTE_MS)
      expect((await work.told()).plugin).toMatchObject({
        state: 'degraded',
        problem: expect.stringContaining('sendMessage'),
      })
    }
    work.room.telegram.faults.clear()
    await work.pass(MINUTE_MS)
    expect((await work.told()).plugin).toMatchObject({ state: 'ready', problem: null })
  })

  test('replaces no result, however long it is', async () => {
    const work = await timedWork()
    const { faults, counts } = work.room.telegram
    for (const method of ['sendMessage', 'sendDocument', 'editMessageText']) faults.next(method, '502', 5000)
    const before = counts.of('sendMessage')
    await work.run('one')
    // Every form of it was tried, and the last one not yet as often as that it comes back.
    await work.passUntil(() => counts.of('sendMessage') > before + 9, 'a simpler form')
    faults.clear()
    await work.pass(2 * MINUTE_MS)
    expect(work.texts.filter(text => text.includes('did one'))).toHaveLength(1)
    expect(await work.told()).toMatchObject({ plugin: { state: 'ready' }, channel: { state: 'idle' } })
  })
})

describe('a file that is shown', () => {
  test('comes after its caption where that is too long for one', async () => {
    const { work, show } = await showing('report.txt', 'hello')
    await show('@ada '.repeat(190))
    expect(work.texts.at(-2)).toContain('@\u200dada')
    expect(work.room.forum.messages.at(-1)?.document).toMatchObject({ name: 'report.txt' })
  })

  test.each(['', 'hello'])('tells no secret in its name (%j)', async content => {
    const { work, show } = await showing('ghp_0123456789abcdefghijABCDEFGHIJ012345.txt', content)
    await show('look')
    const { content: last } = work.room.forum.messages.at(-1) ?? {}
    expect(JSON.stringify(last)).toContain('masked')
    expect(JSON.stringify(last)).not.toContain('ghp_')
  })
})

async function showing(name: string, content: string) {
  const work = await timedWork()
  const path = join(work.host.stateDir, name)
  writeFileSync(path, content)
  return {
    work,
    async show(caption: string) {
      await work.host.call('session.sendFile', { session_id: work.session.id, path, caption })
      await work.pass(5000)
    },
  }
}

describe('a result that Telegram refuses', () => {
  test('in every form is said so, and sent once Telegram takes it', async () => {
    const work = await timedWork()
    const { faults } = work.room.telegram
    faults.next('sendMessage', REFUSED, OFTEN)
    faults.next('sendDocument', REFUSED, OFTEN)
    await work.run('one')
    await work.pass(10_000)
    expect(await work.told()).toMatchObject({
      plugin: { state: 'degraded', problem: expect.stringContaining('SOMETHING_ELSE') },
      channel: { state: 'retrying' },
    })
    faults.clear()
    await work.pass(MINUTE_MS + 1000)
    expect(work.texts.at(-1)).toContain('did one')
    expect(await work.told()).toMatchObject({ plugin: { state: 'ready' }, channel: { state: 'idle' } })
  })

  test('because its topic is closed and may not be opened waits until it is', async () => {
    const work = await timedWork()
    const { faults } = work.room.telegram
    faults.next('sendMessage', CLOSED, OFTEN)
    faults.next('sendDocument', CLOSED, OFTEN)
    faults.next('reopenForumTopic', REFUSED, OFTEN)
    await work.run('one')
    await work.pass(10_000)
    expect(await work.told()).toMatchObject({
      plugin: { state: 'degraded', problem: expect.stringMatching(/closed/i) },
      channel: { state: 'retrying' },
    })
    faults.clear()
    await work.pass(MINUTE_MS + 1000)
    expect(work.texts.at(-1)).toContain('did one')
    expect((await work.told()).plugin).toMatchObject({ state: 'ready' })
  })

  test('by failing at it again and again comes in a simpler form, and holds nothing back', async () => {
    const long = Array.from({ length: 2000 }, (_, n) => `line ${n}`).join('\n')
    const work = await timedWork({
      shell: line => ({ output: line === 'big' ? `${long}\n` : `did ${line}\n`, exitCode: 0 }),
    })
    const { faults, counts } = work.room.telegram
    await work.passUntil(() => work.texts.length > 0, 'the card')
    faults.next('sendDocument', '502', 100)
    await work.run('big')
    await work.run('one')
    await work.pass(10 * MINUTE_MS)
    expect(work.texts.join('\n')).toMatch(/exit 0[\s\S]*line 1999[\s\S]*only the end of it[\s\S]*did one/)
    // Once more after something else was taken.
    expect(counts.of('sendDocument')).toBe(16)
    expect(await work.told()).toMatchObject({ plugin: { state: 'ready' }, channel: { state: 'idle' } })
  })
})
