import {
  type Adapter,
  ChannelGoneError,
  type ChannelMetadata,
  type OutputBatch,
  type Session,
  type SessionChange,
  TeleclaudeError,
} from '../../../core/index.ts'
import { isFault } from '../api/fault.ts'
import type { TelegramParts } from '../parts.ts'
import { topicNameOf } from './card.ts'
import { createOutputReader, type ReadOutput } from './output-reader.ts'
import { forgetResults } from './result-sender.ts'
import { Topic } from './topic.ts'
import { asAdapterError } from './topic-faults.ts'
import type { TopicRecord } from './topic-store.ts'

/** With 50 sessions that end at once, at 20 messages a minute, the last result waits for some minutes. */
const CALL_TIMEOUT_MS = 1_800_000
/** Longer than most keep a session that has ended, which somebody may start again in its topic. */
const KEPT_CLOSED_MS = 90 * 86_400_000

/** Gives each session a topic of the group. */
export class TelegramAdapter implements Adapter {
  readonly type = 'telegram'
  readonly supports = { stream: false, edit: true, files: true, threads: true }
  readonly callTimeoutMs = CALL_TIMEOUT_MS
  readonly mirrors = true
  readonly #parts: TelegramParts
  readonly #read: ReadOutput
  readonly #topics = new Map<string, Topic>()
  /** By session. */
  readonly #making = new Map<string, PromiseWithResolvers<void>>()
  #isClosed = false

  constructor(parts: TelegramParts) {
    this.#parts = parts
    this.#read = createOutputReader(parts.ctx.operations)
  }

  createChannel(session: Session): Promise<ChannelMetadata> {
    return this.#guarded(session, async () => {
      const { topics, group } = this.#parts
      const known = topics.find(session.id)
      // Of a daemon that died before it had written down that there is a channel.
      if (known && isUsable(known, group.id)) return metadataOf(known)
      return await this.#make(session)
    })
  }

  sendMessage(session: Session, batch: OutputBatch, signal: AbortSignal): Promise<void> {
    return this.#guarded(session, () => this.#topicHere(session).take(session, batch, signal))
  }

  updateChannel(session: Session, change: SessionChange): Promise<void> {
    return this.#guarded(session, () => this.#topicHere(session).change(session, change))
  }

  async closeChannel(session: Session): Promise<void> {
    await this.#guarded(session, () => this.#topicHere(session).end())
    this.#topics.get(session.id)?.close()
    this.#topics.delete(session.id)
  }

  /** Its computer may have forgotten it without telling how it ended. */
  forgetSession({ id }: Session): void {
    this.#topics.get(id)?.close()
    this.#topics.delete(id)
    forgetResults(this.#parts, id)
  }

  /** Goes on with what an earlier daemon was showing. */
  async resume(): Promise<void> {
    const { topics, ctx, group } = this.#parts
    topics.forgetClosed(ctx.clock.now() - KEPT_CLOSED_MS)
    for (const record of topics.unfinished()) {
      const found = isUsable(record, group.id) ? await this.#find(record.session) : null
      if (found && !this.#isClosed) this.#topic(found)
    }
  }

  /**
   * Settles when the topics are known that Telegram is making at this moment: somebody may have written in one before
   * we are told that it is there. Those that Telegram has put off are made later, and nobody has written in them.
   * @throws TeleclaudeError TC_ERR_CANCELLED after {@link TelegramAdapter.close}
   */
  async made(): Promise<void> {
    await Promise.all([...this.#making.values()].map(({ promise }) => promise))
  }

  /** Shows nothing more. What is being sent may end. */
  close(): void {
    this.#isClosed = true
    for (const topic of this.#topics.values()) topic.close()
    this.#topics.clear()
    for (const making of this.#making.values()) making.reject(closed())
  }

  /** Null where it is forgotten, or its computer cannot be asked now. */
  async #find(session_id: string): Promise<Session | null> {
    const principal = { kind: 'plugin', name: 'telegram', scopes: ['sessions:read'] } as const
    const caller = { principal, surface: 'telegram' }
    const { operations } = this.#parts.ctx
    return await operations.call<Session>('session.get', { session_id }, caller).catch(() => null)
  }

  /** @throws ChannelGoneError where the topic is not known, or in another group than the configuration has */
  #topicHere(session: Session): Topic {
    const { topics, group } = this.#parts
    const record = topics.find(session.id)
    if (record?.chat !== group.id)
      throw new ChannelGoneError('It has no topic in the group that the configuration has.')
    return this.#topic(session)
  }

  #topic(session: Session): Topic {
    const topic = this.#topics.get(session.id) ?? new Topic(this.#parts, this.#read, session)
    this.#topics.set(session.id, topic)
    return topic
  }

  async #make(session: Session): Promise<ChannelMetadata> {
    const { group, topics, mask, takeReserved } = this.#parts
    const { id } = session
    const name = topicNameOf(session, mask)
    try {
      const topic = (await takeReserved(id)) ?? (await this.#create(id, name))
      return metadataOf(topics.add({ session: id, chat: group.id, topic, name }))
    } finally {
      this.#endMaking(id)
    }
  }

  async #create(session: string, name: string): Promise<number> {
    const { post, group } = this.#parts
    const payload = () => {
      this.#beginMaking(session)
      return { chat_id: group.id, name }
    }
    const place = { chat: group.id, lane: session }
    const onFailed = () => this.#endMaking(session)
    const made = await post.call(place, 'createForumTopic', payload, { priority: 'final', onFailed })
    return made.message_thread_id
  }

  /** Its turn has come: before that nobody can have seen the topic. */
  #beginMaking(session: string): void {
    const making = Promise.withResolvers<void>()
    // Mostly nobody waits for it.
    making.promise.catch(() => {})
    this.#making.set(session, making)
  }

  #endMaking(session: string): void {
    this.#making.get(session)?.resolve()
    this.#making.delete(session)
  }

  async #guarded<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const { topics, ctx } = this.#parts
    try {
      return await work()
    } catch (error) {
      if (isFault(error, 'thread-gone')) {
        this.#topics.get(session.id)?.gone()
        this.#topics.delete(session.id)
      }
      throw asAdapterError(error, topics.find(session.id)?.recreatedAt ?? null, ctx.clock.now())
    }
  }
}

function closed(): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_CANCELLED',
    'Whether a topic is being made is not known: the plugin is closing.',
  )
}

function isUsable({ chat, goneAt, closedAt }: TopicRecord, group: number): boolean {
  return chat === group && goneAt === null && closedAt === null
}

function metadataOf({ chat, topic }: { chat: number; topic: number }): ChannelMetadata {
  return { chat_id: chat, topic_id: topic }
}
