import { randomBytes } from 'node:crypto'
import type { Update } from 'grammy/types'
import type { PluginContext } from '../../core/index.ts'
import { createBotApi } from './api/bot-api.ts'
import { createPoller, type PollerState } from './api/poller.ts'
import { createGroup } from './group.ts'
import { createHealth } from './health.ts'
import { createNames } from './names.ts'
import { createOneAtATime } from './one-at-a-time.ts'
import type { TelegramOptions } from './options.ts'
import { createOutgoing } from './outgoing/outgoing.ts'
import { createButtons } from './people/buttons.ts'
import { createChoices } from './people/choices.ts'
import { controlsOf } from './people/controls.ts'
import { ALLOWED_UPDATES, hear } from './people/heard.ts'
import { createLogs } from './people/logs.ts'
import { createMastership } from './people/mastership.ts'
import { createPeople } from './people/people.ts'
import type { PeopleParts } from './people/people-parts.ts'
import { registerCommands } from './people/register-commands.ts'
import { createReservations, topicKeptFor } from './people/reservations.ts'
import { untilLetIn } from './people/until-let-in.ts'
import { createUpdatesStore, UPDATE_TABLES } from './people/updates-store.ts'
import { keepUploadsTidy } from './people/upload-folder.ts'
import { createPost } from './post.ts'
import { createSettingsStore, SETTINGS_TABLE, type SettingsStore } from './settings-store.ts'
import { createShutOut } from './shut-out.ts'
import { createMask } from './text/index.ts'
import { TelegramAdapter } from './topics/telegram-adapter.ts'
import { createTopicStore, TOPIC_TABLES, type TopicStore } from './topics/topic-store.ts'

/** Sooner than other calls give up, so that a return of the network is noticed. */
const PROBE_MS = 10_000

/** Puts the parts of the plugin together. Telegram is asked nothing before everything is up. */
export function createTelegram(ctx: PluginContext, options: TelegramOptions): void {
  const { clock, log } = ctx
  const store = ctx.openStore([[SETTINGS_TABLE, TOPIC_TABLES, UPDATE_TABLES].join(';')])
  const settings = createSettingsStore(store)
  const topics = createTopicStore(store)
  const updates = createUpdatesStore(store)
  const health = createHealth(problem => {
    if (!ctx.signal.aborted) ctx.setHealth(problem)
  })
  const { token, apiRoot, mask, maskPatterns, messagesPerMinute, liveEditsPerMinute } = options
  const api = createBotApi({ token, apiRoot, clock, log })
  const budgets = {
    perMinute: messagesPerMinute,
    livePerMinute: liveEditsPerMinute,
    // Whoever says that the group may see more than sixty a minute says that a second may have more than one.
    perSecond: Math.max(1, Math.floor(messagesPerMinute / 60)),
    botPerSecond: 30,
  }
  const outgoing = createOutgoing({
    clock,
    log,
    budgets,
    probe: signal => api.call('getMe', {}, { signal, timeoutMs: PROBE_MS }),
    onProblem: problem => health.set('sending', problem),
    onPaused: until => health.set('pause', until === null ? null : pauseText(until)),
  })
  const group = createGroup(options.supergroupId, { settings, topics, health, log })
  const buttons = createButtons(buttonKey(settings))
  const reservations = createReservations()
  const post = createPost({ api, outgoing, group, health, log, shutOut: createShutOut(clock) })
  const masked = createMask(mask && (maskPatterns.length === 0 || { patterns: maskPatterns }))
  const parts: PeopleParts = {
    ...{ ctx, options, api, outgoing, group, topics, health, buttons },
    ...{ post, mask: masked, logs: createLogs({ ctx, post, mask: masked }) },
    names: createNames(settings),
    composing: createOneAtATime(),
    sendingLarge: createOneAtATime(),
    choices: createChoices(clock),
    controls: session => controlsOf(buttons, session),
    reservations,
    mastership: createMastership({ ctx, options, group, health }),
    takeReserved: session => topicKeptFor(session, group.id, topics, reservations),
    botName: () => settings.get(nameSetting(options)),
  }
  const people = createPeople(parts, updates)
  const adapter = new TelegramAdapter(parts)
  let learning = Promise.resolve()
  const poller = createPoller({
    ...{ api, clock, log, allowedUpdates: ALLOWED_UPDATES },
    load: () => updates.next(),
    take: async received => {
      if (received.some(update => isInNewTopic(update, topics))) await adapter.made()
      if (parts.botName() === null && received.some(namesBot)) await learning
      await people.take(received)
    },
    onState: state => health.set('poller', problemOf(state)),
  })
  ctx.client.register(adapter)
  ctx.hooks.onHeartbeat(({ facts }) => {
    facts.bot_username = parts.botName()
  })
  ctx.onReady(async () => {
    await keepUploadsTidy(ctx)
    learning = learnName(parts, settings)
    poller.start()
    void adapter.resume().catch(err => log.warn({ err }, 'what was shown before is not gone on with'))
    void registerCommands(parts).catch(err => log.debug({ err }, 'the commands are not registered'))
    void people.tellUnfinished().catch(error => log.debug({ err: error }, 'nobody could be told'))
  })
  ctx.onClose(async () => {
    const stopped = poller.stop()
    adapter.close()
    await stopped
    await people.close()
    await outgoing.close()
    api.close()
  })
}

/** What somebody wrote in a topic that is not known, or not known yet. */
function isInNewTopic({ message }: Update, topics: TopicStore): boolean {
  const topic = message?.message_thread_id
  return topic !== undefined && topics.at(message?.chat.id ?? 0, topic) === null
}

function pauseText(until: number): string {
  const time = new Date(until).toISOString().replace(/\.\d+Z$/, 'Z')
  return `Telegram asks to wait until ${time}, since there were too many calls. What waits is sent after that.`
}

function problemOf(state: PollerState): string | null {
  return state.kind === 'waiting' ? state.fault.message : null
}

function buttonKey(settings: SettingsStore): Buffer {
  const kept = settings.get('button key') ?? randomBytes(32).toString('base64')
  settings.set('button key', kept)
  return Buffer.from(kept, 'base64')
}

/** A command for one of several bots: whether it is for this one, only its name tells. */
function namesBot(update: Update): boolean {
  const heard = hear(update)
  return heard?.type === 'command' && heard.bot !== null
}

/** The configuration may get the token of another bot. */
function nameSetting({ token }: TelegramOptions): string {
  return `bot name of ${Number.parseInt(token, 10)}`
}

/** Needed only where several bots share a group. */
async function learnName(parts: PeopleParts, settings: SettingsStore): Promise<void> {
  try {
    const { username } = await untilLetIn(parts, signal => parts.api.call('getMe', {}, { signal }))
    settings.set(nameSetting(parts.options), username)
  } catch (error) {
    parts.ctx.log.debug({ err: error }, 'the name of the bot is not known')
  }
}
