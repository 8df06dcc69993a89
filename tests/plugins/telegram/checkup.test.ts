import { expect, test } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { checkTelegram } from '../../../plugins/telegram/checkup.ts'
import { telegramOptions } from '../../../plugins/telegram/options.ts'
import { openRoom, type Room } from '../../support/telegram-room.ts'

async function found(room: Room, settings: object = {}) {
  const options = telegramOptions.parse({ ...room.settings(), ...settings })
  const { signal } = new AbortController()
  return await checkTelegram(options, { commandLine: 'npx teleclaude', clock: systemClock, signal })
}

test('a bot that can do its work is well', async () => {
  const room = await openRoom()
  expect(await found(room)).toEqual([
    { name: 'telegram', state: 'ok', message: "@alpha_bot manages the topics of 'Sessions'" },
  ])
})

interface Case {
  readonly settings?: object
  breakIt?(room: Room): void | Promise<void>
  readonly state?: 'warn'
  readonly message: string
  readonly fix: string
}

const cases: Readonly<Record<string, Case>> = {
  'a token that is none': {
    settings: { token: '1:nonsense' },
    message: 'Telegram answered getMe with 401',
    fix: 'Ask @BotFather for the token',
  },
  'a group that the bot is not in': {
    settings: { supergroupId: -1001 },
    message: 'chat not found',
    fix: 'Add the bot to the group, and correct supergroupId',
  },
  'a bot that was removed': {
    breakIt: ({ telegram, forum, bot }) => telegram.kick(forum, bot),
    message: 'bot was kicked',
    fix: 'Add the bot to the group again',
  },
  'a bot that is no administrator': {
    breakIt: ({ telegram, forum, bot }) => telegram.join(forum, bot),
    message: '@alpha_bot is no administrator',
    fix: 'Administrators, Add, @alpha_bot, with Manage Topics',
  },
  'an administrator that may not manage topics': {
    breakIt: ({ telegram, forum, bot }) => telegram.join(forum, bot, { admin: ['can_delete_messages'] }),
    message: '@alpha_bot may not manage topics',
    fix: 'Administrators, @alpha_bot, Manage Topics',
  },
  'a group without topics': {
    breakIt({ forum }) {
      forum.isForum = false
    },
    message: "'Sessions' has no topics",
    fix: 'Topics, switch them on',
  },
  'a webhook': {
    breakIt({ bot }) {
      bot.account.webhookUrl = 'https://example.com/bot'
    },
    message: 'has a webhook',
    fix: 'deleteWebhook',
  },
  'a person who is not in the group': {
    settings: { allowedUsers: [42] },
    state: 'warn',
    message: "The person 42 of allowedUsers is not in 'Sessions'",
    fix: 'Correct the id',
  },
  'a Telegram that cannot be reached': {
    breakIt: ({ telegram }) => telegram.stop(),
    state: 'warn',
    message: 'getMe did not reach Telegram',
    fix: 'Check the network, and apiRoot',
  },
  'an apiRoot that is no Bot API': {
    breakIt: ({ telegram }) => telegram.faults.next('getMe', '502'),
    state: 'warn',
    message: 'is apiRoot right?',
    fix: 'Check the network, and apiRoot',
  },
}

test.each(Object.entries(cases))('%s is found, with what to do', async (_, one) => {
  const room = await openRoom()
  await one.breakIt?.(room)
  expect(await found(room, one.settings)).toEqual([
    {
      ...{ name: 'telegram', state: one.state ?? 'fail' },
      ...{ message: expect.stringContaining(one.message), fix: expect.stringContaining(one.fix) },
    },
  ])
})

test('of a plain group it says that its id will be another one', async () => {
  const room = await openRoom()
  const group = room.telegram.createGroup({ title: 'Plain', owner: room.ada })
  room.telegram.join(group, room.bot, { admin: true })
  expect(await found(room, { supergroupId: group.id })).toMatchObject([
    {
      state: 'fail',
      message: expect.stringContaining("'Plain' has no topics"),
      fix: expect.stringContaining('Its id becomes another one'),
    },
  ])
})
