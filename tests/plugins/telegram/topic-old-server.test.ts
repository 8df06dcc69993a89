import { describe, expect, test } from 'vitest'
import type { ServedMethod } from '../../support/telegram/index.ts'
import { MINUTE_MS, type TimedWork, timedWork } from './timed-work.ts'

/** With a Bot API server that does not know these methods. */
function without(...methods: readonly ServedMethod[]): Promise<TimedWork> {
  return timedWork({
    prepare({ room }) {
      for (const method of methods) room.telegram.removeMethod(method)
    },
    shell: line => ({
      output: `did ${line}\n`.repeat(line === 'much' ? 5000 : 1),
      exitCode: 0,
      ms: line === 'slow' ? MINUTE_MS : 0,
    }),
  })
}

describe('a server that is too old', () => {
  test('to make topics makes none, and says so', async () => {
    const work = await without('createForumTopic')
    await work.pass(5 * MINUTE_MS)
    expect(await work.told()).toMatchObject({
      plugin: { state: 'degraded', problem: expect.stringContaining('createForumTopic') },
      channel: { state: 'degraded' },
    })
    expect(work.room.telegram.counts.of('createForumTopic')).toBe(1)
  })

  test('to send files shows the end of what is too long', async () => {
    const work = await without('sendDocument')
    await work.run('much')
    await work.pass(10_000)
    expect(work.texts.at(-1)).toMatch(/exit 0[\s\S]*did much\n⚠️ This is only the end of it/)
    await work.run('one')
    await work.pass(5000)
    expect(work.texts.at(-1)).toContain('did one')
  })

  test('to edit messages shows results, and of live output no more than the first', async () => {
    const work = await without('editMessageText')
    for (const line of ['slow', 'slow', 'slow']) {
      await work.run(line)
      await work.pass(2 * MINUTE_MS)
    }
    expect(work.texts.filter(text => text.includes('exit 0'))).toHaveLength(3)
    expect(work.texts.filter(text => text.includes('running')).length).toBeLessThanOrEqual(1)
  })

  test('for commands and names of topics does the rest', async () => {
    const work = await without('setMyCommands', 'editForumTopic', 'closeForumTopic')
    await work.host.call('session.rename', { session_id: work.session.id, title: 'other' })
    await work.run('one')
    await work.pass(5000)
    expect(work.texts.at(-1)).toContain('did one')
    await work.host.exit(work.session)
    await work.pass(5000)
    expect(work.texts.at(-1)).toContain('The session has ended')
    expect((await work.told()).plugin).toMatchObject({ state: 'ready' })
  })
})
