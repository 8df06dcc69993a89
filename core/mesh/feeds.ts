import { createRounds } from '../rounds.ts'
import { Feed, type FeedParts } from './feed.ts'
import type { WatchedBody } from './messages.ts'
import type { WatchCaller } from './watch-answer.ts'

export interface FeedsParts extends Omit<FeedParts, 'computer' | 'session' | 'onClosed'> {
  readonly notify: (computer: string, kind: 'renew' | 'release', body: WatchedBody) => void
}

/** The feeds of this computer: one for each session elsewhere that is watched, or was a moment ago. */
export interface Feeds {
  open(computer: string, session: string, caller: WatchCaller): Feed
  resume(): void
  /** A computer has another daemon now: what the one before it wrote has ended. */
  ownerReturned(computer: string): void
  close(): void
  readonly size: number
}

/** How often owners are told that their sessions are still watched, and quiet feeds look whether they miss something, in milliseconds. */
const ROUND_MS = 5000
/** So many sessions may be kept warm without being watched; each holds some 64 KiB at most. */
const MOST_UNWATCHED = 200

interface OpenFeed {
  readonly computer: string
  readonly session: string
  readonly feed: Feed
}

export function createFeeds(parts: FeedsParts): Feeds {
  const feeds = new Map<string, OpenFeed>()
  let rounds: Disposable | null = null

  const renew = () => {
    const byComputer = Map.groupBy(
      [...feeds.values()].filter(({ feed }) => feed.isListening),
      ({ computer }) => computer,
    )
    for (const [computer, open] of byComputer)
      parts.notify(computer, 'renew', { sessions: open.map(({ session }) => session) })
  }
  const round = () => {
    renew()
    for (const { feed } of feeds.values()) feed.check()
  }
  const closed = (key: string, { computer, session }: Omit<OpenFeed, 'feed'>) => {
    feeds.delete(key)
    parts.notify(computer, 'release', { sessions: [session] })
    if (feeds.size > 0) return
    rounds?.[Symbol.dispose]()
    rounds = null
  }
  const makeRoom = () => {
    const unwatched = [...feeds.values()].filter(({ feed }) => !feed.isWatched)
    if (unwatched.length >= MOST_UNWATCHED) unwatched[0]?.feed.close()
  }
  return {
    open(computer, session, caller) {
      const key = `${computer}/${session}`
      const known = feeds.get(key)
      if (known) return known.feed
      makeRoom()
      const onClosed = () => closed(key, { computer, session })
      const feed = new Feed({ ...parts, computer, session, onClosed }, caller)
      feeds.set(key, { computer, session, feed })
      rounds ??= createRounds(parts, ROUND_MS, round)
      return feed
    },
    resume() {
      renew()
      for (const { feed } of feeds.values()) feed.resume()
    },
    ownerReturned(name) {
      for (const { computer, feed } of feeds.values()) if (computer === name) feed.resume()
    },
    close() {
      for (const { feed } of feeds.values()) feed.close()
    },
    get size() {
      return feeds.size
    },
  }
}
