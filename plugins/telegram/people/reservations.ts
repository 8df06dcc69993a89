import type { TopicRecord, TopicStore } from '../topics/topic-store.ts'

/** Sessions that are being started in the topics of others: until they are known, no session gets a new topic. */
export interface Reservations {
  /** Has `start` start a session in a topic and write that down; null where another is being started there. */
  keep<T>(place: TopicPlace, start: () => Promise<T>): Promise<T | null>
  /** Settles when no start is under way. */
  settled(): Promise<void>
}

type TopicPlace = Pick<TopicRecord, 'chat' | 'topic'>

export function createReservations(): Reservations {
  const starting = new Map<string, Promise<unknown>>()
  return {
    async keep({ chat, topic }, start) {
      const place = `${chat} ${topic}`
      if (starting.has(place)) return null
      const started = start()
      // Whoever waits has no part in what goes wrong here.
      const over = started.catch(() => null)
      starting.set(place, over)
      try {
        return await started
      } finally {
        starting.delete(place)
      }
    },
    async settled() {
      await Promise.all(starting.values())
    },
  }
}

/** The topic of another session that a new one is to have; null for one of its own. */
export async function topicKeptFor(
  session: string,
  chat: number,
  topics: Pick<TopicStore, 'find'>,
  reservations: Reservations,
): Promise<number | null> {
  await reservations.settled()
  const record = topics.find(session)
  return record?.chat === chat && record.goneAt === null && record.closedAt === null ? record.topic : null
}
