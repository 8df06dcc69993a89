import type { Epoch, PluginStore } from '../../../core/index.ts'
import { type Activity, INITIAL_ACTIVITY } from './activity.ts'
import type { SentResults } from './sent-results.ts'

/** What is remembered of one session's topic. */
export interface TopicRecord {
  readonly session: string
  readonly chat: number
  /** Telegram's `message_thread_id`. */
  readonly topic: number
  /** As we last named it. */
  readonly name: string
  /** The message that says whose topic it is; null until it is sent, 0 where Telegram refuses it. */
  readonly card: number | null
  /** Messages with live output that do not show their end yet, the newest last. */
  readonly live: readonly LiveRecord[]
  readonly activity: Activity
  /** What `activity` counts in: the same number in another epoch is another entry. */
  readonly epoch: Epoch | null
  /** Of results that are being sent, what is sent already. */
  readonly sending: SentResults | null
  /** Since when it is closed because its session has ended; milliseconds since the Unix epoch. */
  readonly closedAt: number | null
  /** Since when Telegram knows no such topic; milliseconds since the Unix epoch. */
  readonly goneAt: number | null
  /** When the topic that this one took the place of was gone. */
  readonly recreatedAt: number | null
}

/** A message that is edited in place. */
export interface LiveRecord {
  readonly id: number
  /** How what it shows has ended, in Telegram's HTML; null while it goes on. */
  readonly end: string | null
}

export type TopicChange = Partial<Omit<TopicRecord, 'session'>>

/** The topics of all sessions that have one, in the daemon's database. */
export interface TopicStore {
  find(session: string): TopicRecord | null
  /** Whose topic it is. */
  at(chat: number, topic: number): TopicRecord | null
  add(topic: Pick<TopicRecord, 'session' | 'chat' | 'topic' | 'name'>): TopicRecord
  update(session: string, change: TopicChange): void
  /** The group has another id now. */
  moveChat(from: number, to: number): void
  /** Those with messages that show something which may be over. */
  unfinished(): readonly TopicRecord[]
  /** Forgets the topics that were closed, or gone, before `at`. */
  forgetClosed(at: number): void
}

/** The tables of the topics, for `openStore`. */
export const TOPIC_TABLES = `
  CREATE TABLE telegram_topics (
    session TEXT PRIMARY KEY,
    chat INTEGER NOT NULL,
    topic INTEGER NOT NULL,
    name TEXT NOT NULL,
    card INTEGER,
    live TEXT NOT NULL,
    epoch TEXT,
    activity TEXT,
    sending TEXT,
    closed_at INTEGER,
    gone_at INTEGER,
    recreated_at INTEGER
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX telegram_topics_by_place ON telegram_topics (chat, topic)`

interface Row {
  readonly session: string
  readonly chat: number
  readonly topic: number
  readonly name: string
  readonly card: number | null
  readonly live: string
  readonly epoch: string | null
  readonly activity: string | null
  readonly sending: string | null
  readonly closed_at: number | null
  readonly gone_at: number | null
  readonly recreated_at: number | null
}

export function createTopicStore(store: PluginStore): TopicStore {
  const find = store.prepare<Row>('SELECT * FROM telegram_topics WHERE session = ?')
  const at = store.prepare<Row>('SELECT * FROM telegram_topics WHERE chat = ? AND topic = ?')
  const put = store.prepare(
    `INSERT INTO telegram_topics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session) DO UPDATE SET chat = excluded.chat, topic = excluded.topic, name = excluded.name,
       card = excluded.card, live = excluded.live, epoch = excluded.epoch, activity = excluded.activity, sending = excluded.sending,
       closed_at = excluded.closed_at, gone_at = excluded.gone_at,
       recreated_at = excluded.recreated_at`,
  )
  const leave = store.prepare('DELETE FROM telegram_topics WHERE chat = ? AND topic = ? AND session <> ?')
  const move = store.prepare('UPDATE OR IGNORE telegram_topics SET chat = ? WHERE chat = ?')
  const unfinished = store.prepare<Row>("SELECT * FROM telegram_topics WHERE live <> '[]'")
  const forgetClosed = store.prepare('DELETE FROM telegram_topics WHERE closed_at < ? OR gone_at < ?')

  const save = (record: TopicRecord) => {
    const {
      session,
      chat,
      topic,
      name,
      card,
      live,
      epoch,
      activity,
      sending,
      closedAt,
      goneAt,
      recreatedAt,
    } = record
    const json = [activity, sending].map(value => value && JSON.stringify(value))
    const place = [session, chat, topic, name, card, JSON.stringify(live), epoch] as const
    put.run(...place, ...json, closedAt, goneAt, recreatedAt)
    return record
  }
  return {
    find: session => recordOf(find.get(session)),
    at: (chat, topic) => recordOf(at.get(chat, topic)),
    add({ session, chat, topic, name }) {
      // A session that was started again in the topic of another one takes it over.
      leave.run(chat, topic, session)
      const before = recordOf(find.get(session))
      const { activity, epoch } = before ?? { activity: INITIAL_ACTIVITY, epoch: null }
      const fresh = { card: null, live: [], sending: null, closedAt: null, goneAt: null }
      const recreatedAt = before?.goneAt ?? null
      return save({ session, chat, topic, name, activity, epoch, recreatedAt, ...fresh })
    },
    update(session, change) {
      const before = recordOf(find.get(session))
      if (before) save({ ...before, ...change })
    },
    moveChat: (from, to) => void move.run(to, from),
    unfinished: () => unfinished.all().flatMap(row => recordOf(row) ?? []),
    forgetClosed: before => void forgetClosed.run(before, before),
  }
}

/** What is stored was written by us. */
function recordOf(row: Row | undefined): TopicRecord | null {
  if (!row) return null
  const { live, activity, sending, closed_at, gone_at, recreated_at, ...rest } = row
  return {
    ...rest,
    epoch: rest.epoch as Epoch | null,
    live: JSON.parse(live) as TopicRecord['live'],
    activity: activity === null ? INITIAL_ACTIVITY : (JSON.parse(activity) as Activity),
    sending: sending === null ? null : (JSON.parse(sending) as TopicRecord['sending']),
    closedAt: closed_at,
    goneAt: gone_at,
    recreatedAt: recreated_at,
  }
}
