import { secret, z } from '../../core/index.ts'

const userId = z.int().positive()
const count = z.int().min(1)

/** A supergroup's id is negative and begins with -100. */
const supergroupId = z
  .int()
  .negative({ error: 'the id of a supergroup is a negative number, such as -1001234567890' })

/** The options of the telegram plugin. */
export const telegramOptions = z.strictObject({
  token: secret().describe(
    'The token of the bot of this computer, from @BotFather. Every computer has a bot of its own.',
  ),
  supergroupId: supergroupId.describe('The id of the supergroup with topics. All computers share one.'),
  allowedUsers: z
    .array(userId)
    .min(1, 'name at least one person, by the numeric id that @userinfobot tells')
    .describe('The numeric ids of the people who are heard. Nobody else is.'),
  trustedBots: z.array(userId).default([]).describe('The ids of bots that are heard as people are.'),
  master: z
    .boolean()
    .default(true)
    .describe(
      'Registers the commands, and answers outside the topics of sessions. Of the computers of one group only one should.',
    ),
  apiRoot: z
    .url({ protocol: /^https?$/ })
    .default('https://api.telegram.org')
    .describe('Where the Bot API is, if it is a server of your own.'),
  mask: z
    .boolean()
    .default(true)
    .describe('Shows «masked» in place of what looks like a password, a token or a key.'),
  maskPatterns: z
    .array(z.string().min(1).max(500))
    .max(50)
    .default([])
    .describe('More to mask: regular expressions (RE2).'),
  maxUpdateAgeMs: z
    .int()
    .min(1000)
    .default(300_000)
    .describe(
      'What people typed longer ago, while this computer was away, is typed only after they confirm it.',
    ),
  uploadMaxBytes: count
    .max(2_000_000_000)
    .default(20_000_000)
    .describe('The largest file that people may send to a session. Telegram itself lets bots have 20 MB.'),
  messagesPerMinute: count
    .default(20)
    .describe('How many messages, edits and changes of topics the group may see in a minute from this bot.'),
  liveEditsPerMinute: count
    .default(12)
    .describe('How many of these may be live output, so that results find room.'),
  finalMessages: count
    .max(10)
    .default(3)
    .describe('A result that needs more messages than this comes as a file, with its end in the message.'),
})

export type TelegramOptions = z.output<typeof telegramOptions>
