import { describe, expect, test } from 'vitest'
import { MINUTE_MS, timedWork } from './timed-work.ts'

const NO_RIGHTS = { code: 403, description: 'Forbidden: not enough rights to send text messages to the chat' }

/** Of two messages. */
function longText(name: string): string {
  const lines = Array.from({ length: 140 }, (_, n) => `${name} ${n} ${'x'.repeat(40)}`)
  return `${lines.join('\n')}\n${name} LAST\n`
}

describe('results that are interrupted', () => {
  test('twice, in the midst of one and then of the next, are there in full', async () => {
    const settings = { messagesPerMinute: 60 }
    const work = await timedWork({ settings, shell: line => ({ output: longText(line), exitCode: 0 }) })
    const refuseAfter = async (count: number) => {
      await work.passUntil(() => work.texts.length >= count, `${count} messages`)
      work.room.telegram.faults.next('sendMessage', NO_RIGHTS)
      await work.pass(3000)
      expect(work.texts).toHaveLength(count)
    }
    await work.passUntil(() => work.texts.length > 0, 'the card')
    await work.run('aa')
    await refuseAfter(2)
    await work.run('cc')
    await refuseAfter(4)
    await work.pass(5 * MINUTE_MS)
    const all = work.texts.join('\n')
    expect(all.match(/\w\w LAST/g)).toEqual(['aa LAST', 'cc LAST'])
  })

  test('do not end what is shown of what runs next', async () => {
    const work = await timedWork({
      shell: line => ({ output: `did ${line}\n`, exitCode: 0, ms: line === 'short' ? 4000 : 10 * MINUTE_MS }),
    })
    const { faults } = work.room.telegram
    await work.passUntil(() => work.texts.length > 0, 'the card')
    await work.run('short')
    await work.run('long')
    await work.passUntil(() => work.texts.some(text => text.includes('running')), 'live output')
    // What keeps this result back, and nothing else.
    faults.next('sendMessage', { code: 400, description: 'Bad Request: TOPIC_CLOSED' })
    faults.next('reopenForumTopic', { code: 400, description: 'Bad Request: SOMETHING_ELSE' })
    await work.passUntil(() => work.texts.some(text => text.includes('did long')), 'the next live output')
    await work.pass(2 * MINUTE_MS)
    expect(work.texts.slice(1)).toEqual([
      expect.stringMatching(/exit 0/),
      expect.stringMatching(/running.*did long/s),
      expect.stringMatching(/did short/),
    ])
  })
})
