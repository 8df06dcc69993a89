/** Keeps the topic of an ended session for the one that is being started in its place. */
export interface Reservations {
  /** Has `start` start a session, which then gets `topic`. Settles with the session's id. */
  keep(topic: number, start: () => Promise<string>): Promise<string>
  /** The topic that was kept for a session; null if none was. Waits for starts that are under way. */
  take(session: string): Promise<number | null>
}

export function createReservations(): Reservations {
  const starting = new Set<Promise<unknown>>()
  const kept = new Map<string, number>()
  return {
    async keep(topic, start) {
      const started = start().then(session => {
        kept.set(session, topic)
        return session
      })
      // Whoever takes has no part in what goes wrong here.
      const over = started.catch(() => null)
      starting.add(over)
      try {
        return await started
      } finally {
        starting.delete(over)
      }
    },
    async take(session) {
      await Promise.all(starting)
      const topic = kept.get(session) ?? null
      kept.delete(session)
      return topic
    },
  }
}
