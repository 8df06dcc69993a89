import { describe, expect, test } from 'vitest'
import { MINUTE_MS, type TimedWork, timedWork } from './timed-work.ts'

describe('what shuts the bot out', () => {
  test.each([
    [
      'a token that was revoked',
      'Unauthorized',
      ({ room }: TimedWork) => room.bot.revokeToken(),
      ({ room }: TimedWork) => room.bot.restoreToken(),
    ],
    [
      'being removed from the group',
      'kicked',
      ({ room }: TimedWork) => room.telegram.kick(room.forum, room.bot),
      ({ room }: TimedWork) => room.telegram.join(room.forum, room.bot, { admin: true }),
    ],
  ])(
    '%s is in the status and the log, and a minute after it is mended nothing is missing',
    async (_, said, breakIt, mend) => {
      const work = await timedWork()
      breakIt(work)
      await work.run('one')
      await work.pass(10 * MINUTE_MS)
      const { plugin, channel } = await work.told()
      expect(plugin).toMatchObject({ state: 'degraded', problem: expect.stringContaining(said) })
      expect(channel).toMatchObject({ state: 'retrying', error: expect.stringContaining(said) })
      expect(work.logged(new RegExp(said)).length).toBeGreaterThan(0)
      expect(work.room.telegram.counts.of('sendMessage')).toBeLessThan(20)
      mend(work)
      await work.run('two')
      await work.pass(MINUTE_MS + 5000)
      expect(work.texts.join('\n')).toMatch(/did one[\s\S]*did two/)
      expect(work.texts.filter(text => text.includes('did one'))).toHaveLength(1)
      expect(await work.told()).toMatchObject({
        plugin: { state: 'ready', problem: null },
        channel: { state: 'idle' },
      })
    },
  )

  test('a wrong token at the start is in the status, and sessions do not notice', async () => {
    const work = await timedWork({ settings: { token: '1:wrong' } })
    await work.run('one')
    await work.pass(5000)
    expect((await work.told()).plugin).toMatchObject({
      state: 'degraded',
      problem: expect.stringContaining('token'),
    })
    const { output } = await work.host.call<{ output: string }>('session.read', {
      session_id: work.session.id,
    })
    expect(output).toContain('did one')
    expect(work.host.logs.join('\n')).not.toContain('1:wrong')
  })

  test('without the right to manage topics none is made until the bot has it', async () => {
    const work = await timedWork({
      prepare: ({ room }) => room.telegram.join(room.forum, room.bot, { admin: ['can_delete_messages'] }),
    })
    await work.run('one')
    await work.pass(5000)
    expect(await work.told()).toMatchObject({
      plugin: { state: 'degraded', problem: expect.stringContaining('manage topics') },
      channel: { state: 'retrying' },
    })
    work.room.telegram.join(work.room.forum, work.room.bot, { admin: true })
    await work.pass(MINUTE_MS + 5000)
    expect(work.texts.at(-1)).toContain('did one')
    expect((await work.told()).plugin).toMatchObject({ state: 'ready' })
  })

  test('without that right one asks for all sessions, once a minute, and all have topics soon after', async () => {
    const work = await timedWork({
      prepare: async ({ room, host }) => {
        room.telegram.join(room.forum, room.bot, { admin: ['can_delete_messages'] })
        for (let n = 0; n < 30; n++) await host.startSession({ title: `s${n}` })
      },
      settings: { messagesPerMinute: 120 },
    })
    const { room } = work
    // Also those that waited for their turn when the first was refused.
    await work.pass(20_000)
    expect(room.telegram.counts.of('createForumTopic')).toBeLessThanOrEqual(3)
    await work.pass(5 * MINUTE_MS)
    const before = room.telegram.counts.of('createForumTopic')
    await work.pass(10 * MINUTE_MS)
    expect(room.telegram.counts.of('createForumTopic') - before).toBeLessThanOrEqual(11)
    room.telegram.join(room.forum, room.bot, { admin: true })
    await work.pass(3 * MINUTE_MS)
    expect(room.forum.topics).toHaveLength(31)
  })

  test('live output of all sessions is no more tried than that of one, and goes on after', async () => {
    const work = await timedWork()
    const { forum, bot, telegram } = work.room
    for (let n = 0; n < 10; n++) await work.begin(`busy ${n}\n`, 60 * MINUTE_MS)
    telegram.kick(forum, bot)
    await work.pass(MINUTE_MS)
    const tried = () => telegram.counts.of('editMessageText') + telegram.counts.of('sendMessage')
    const before = tried()
    await work.pass(10 * MINUTE_MS)
    expect(tried() - before).toBeLessThanOrEqual(11)
    telegram.join(forum, bot, { admin: true })
    await work.pass(2 * MINUTE_MS)
    expect(forum.texts.filter(text => /running, 1[123] min/.test(text))).toHaveLength(10)
  })

  test('a group without topics is said so, until it has them', async () => {
    const work = await timedWork({
      prepare({ room }) {
        room.forum.isForum = false
      },
    })
    await work.pass(5000)
    expect((await work.told()).plugin?.problem).toContain("Switch on Topics in the group's settings")
    work.room.forum.isForum = true
    await work.pass(MINUTE_MS + 5000)
    expect(work.texts[0]).toContain('🖥 work')
    expect((await work.told()).plugin).toMatchObject({ state: 'ready' })
  })
})
