import { NO_LIMITS, type Person, TelegramServer, type Topic } from '../../support/telegram/index.ts'
import { until } from '../../support/until.ts'
import { type BenchDaemon, startDaemon } from './daemon.ts'

/** A daemon with a bot in a forum, on a Telegram of its own that limits nothing. */
export interface TelegramRoom extends AsyncDisposable {
  readonly telegram: TelegramServer
  readonly daemon: BenchDaemon
  readonly person: Person
  readonly token: string
  readonly topics: readonly Topic[]
  /** The topic of a session that was started as `bench`. */
  topicOf(session: string): Promise<Topic>
}

export async function startTelegramRoom(): Promise<TelegramRoom> {
  const telegram = await TelegramServer.start({ limits: NO_LIMITS })
  const person = telegram.addUser({ firstName: 'Ada' })
  const forum = telegram.createForum({ title: 'Sessions', owner: person })
  const bot = telegram.addBot({ username: 'bench_bot' })
  telegram.join(forum, bot, { admin: true })
  const { apiRoot } = telegram
  const options = { apiRoot, token: bot.token, supergroupId: forum.id, allowedUsers: [person.id] }
  const fast = { messagesPerMinute: 100_000, liveEditsPerMinute: 100_000 }
  const daemon = await startDaemon({ plugins: [['telegram', { ...options, ...fast }]] })
  return {
    ...{ telegram, daemon, person, token: bot.token },
    get topics() {
      return forum.topics
    },
    topicOf: session =>
      until(() => forum.topics.find(({ texts }) => texts[0]?.includes(session)), `the topic of ${session}`),
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
    },
  }
}
