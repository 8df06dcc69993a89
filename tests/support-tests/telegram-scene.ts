import { Api, GrammyError } from 'grammy'
import { expect, onTestFinished } from 'vitest'
import {
  type AdminRight,
  type Bot,
  type Group,
  type Person,
  type ServerOptions,
  TelegramServer,
} from '../support/telegram/index.ts'

export interface Scene {
  readonly telegram: TelegramServer
  readonly bot: Bot
  /** The bot's own calls. */
  readonly api: Api
  readonly ada: Person
  readonly forum: Group
}

export interface SceneOptions extends ServerOptions {
  /** The bot's rights in the forum; all, where it is left out. */
  readonly admin?: true | readonly AdminRight[]
}

/** A bot and a person in a forum. What was against the Bot API fails the test. */
export async function scene({ admin = true, ...options }: SceneOptions = {}): Promise<Scene> {
  const telegram = await TelegramServer.start(options)
  onTestFinished(() => telegram[Symbol.asyncDispose]())
  const bot = telegram.addBot({ username: 'work_bot' })
  const ada = telegram.addUser({ firstName: 'Ada' })
  const forum = telegram.createForum({ title: 'Sessions', owner: ada })
  telegram.join(forum, bot, { admin })
  return { telegram, bot, ada, forum, api: apiOf(telegram, bot) }
}

export function apiOf({ apiRoot }: TelegramServer, bot: Bot): Api {
  return new Api(bot.token, { apiRoot })
}

/** What Telegram said instead of doing it. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => expect.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof GrammyError)) throw error
  return `${error.error_code} ${error.description}`
}
