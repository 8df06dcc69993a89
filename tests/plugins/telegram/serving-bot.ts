import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { type ApiMethod, createBotApi, type Payload } from '../../../plugins/telegram/api/bot-api.ts'
import {
  createOutgoing,
  type OutgoingJob,
  telegramBudgets,
} from '../../../plugins/telegram/outgoing/outgoing.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { type Group, type ServerOptions, TelegramServer } from '../../support/telegram/index.ts'

/** Calls of the Bot API by turns. */
export interface Turn extends Pick<OutgoingJob<unknown>, 'lane' | 'priority'> {
  readonly chat?: number
}

/** A forum of a Telegram of its own, with one bot in it, all on one clock that a test drives. */
export async function servingBot(options: Omit<ServerOptions, 'clock'> = {}) {
  const clock = new FakeClock()
  const telegram = await TelegramServer.start({ ...options, clock })
  const bot = telegram.addBot({ username: 'sessions_bot', canReadAllGroupMessages: true })
  const forum = telegram.createForum({ title: 'Sessions' })
  telegram.join(forum, bot, { admin: true })
  const { apiRoot } = telegram
  const { log, lines } = capturedLog()
  const underWay = new Set<Promise<unknown>>()

  /** As a daemon that is started: it knows nothing of what an earlier one sent. */
  const start = () => schedulerOf({ clock, log, apiRoot, token: bot.token, forum, underWay })

  /** Lets time pass, but not while something is under way: the network takes none of the time that a test drives. */
  const pass = async (ms: number) => {
    const end = clock.monotonic() + ms
    for (;;) {
      await clock.advance(0)
      if (underWay.size > 0) await Promise.allSettled(underWay)
      else if (clock.monotonic() >= end) return
      else await clock.advance(Math.min(end - clock.monotonic(), clock.nextInMs ?? Number.POSITIVE_INFINITY))
    }
  }
  return {
    ...{ clock, telegram, bot, forum, log, lines, start, pass },
    [Symbol.asyncDispose]: () => telegram[Symbol.asyncDispose](),
  }
}

function schedulerOf(parts: {
  clock: FakeClock
  log: ReturnType<typeof capturedLog>['log']
  apiRoot: string
  token: string
  forum: Group
  underWay: Set<Promise<unknown>>
}) {
  const { clock, log, apiRoot, token, forum, underWay } = parts
  const api = createBotApi({ token, apiRoot, clock, log })
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    try {
      return await work
    } finally {
      underWay.delete(work)
    }
  }
  const probe = (signal: AbortSignal) => watched(api.call('getMe', {}, { signal }))
  const outgoing = createOutgoing({
    clock,
    log,
    budgets: telegramBudgets,
    probe,
    onProblem: () => {},
    onPaused: () => {},
  })
  const send = <M extends ApiMethod>(turn: Turn, method: M, payload: () => Payload<M>) =>
    outgoing.submit({
      chat: forum.id,
      ...turn,
      call: signal => watched(api.call(method, payload(), { signal })),
    })
  return { api, outgoing, send }
}
