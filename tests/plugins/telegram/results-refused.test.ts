import { describe, expect, test } from 'vitest'
import { MINUTE_MS, timedWork } from './timed-work.ts'

const REFUSED = { code: 400, description: 'Bad Request: SOMETHING_ELSE' }
const CLOSED = { code: 400, description: 'Bad Request: TOPIC_CLOSED' }
const OFTEN = 50

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
    expect(work.texts.join('\n')).toMatch(/exit 0[\s\S]*line 1999[\s\S]*did one/)
    expect(counts.of('sendDocument')).toBe(8)
    expect(await work.told()).toMatchObject({ plugin: { state: 'ready' }, channel: { state: 'idle' } })
  })
})
