import type { TopicStore } from '../topics/topic-store.ts'

/** Sessions that are being started in the topics of others: until they are known, no session gets a new topic. */
export interface Reservations {
  /** Has `start` start a session and write down which topic it has. */
  keep<T>(start: () => Promise<T>): Promise<T>
  /** Settles when no start is under way. */
  settled(): Promise<void>
}

export function createReservations(): Reservations {
  const starting = new Set<Promise<unknown>>()
  return {
    async keep(start) {
      const started = start()
      // Whoever waits has no part in what goes wrong here.
      const over = started.catch(() => null)
      starting.add(over)
      try {
        return await started
      } finally {
        starting.delete(over)
      }
    },
    async settled() {
      await Promise.all(starting)
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
