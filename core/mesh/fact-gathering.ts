import { type Clock, withDeadline } from '../clock.ts'
import type { HookPoints } from '../host/hook-points.ts'
import type { Logger } from '../log.ts'
import { sendableFacts } from './sendable-facts.ts'

/** A plugin that is slower than this is waited for in the background: its facts go out with the next beat. */
const WAIT_MS = 1000

type Facts = Readonly<Record<string, unknown>>

/** Asks the plugins for facts about this computer, but holds no beat up for long. */
export interface FactGathering {
  /** What was gathered last; null before that. */
  readonly newest: Facts | null
  gather(): Promise<Facts>
}

export function createFactGathering(parts: {
  readonly self: string
  readonly hookPoints: Pick<HookPoints, 'heartbeat'>
  readonly clock: Clock
  readonly log: Logger
}): FactGathering {
  const { self, hookPoints, clock, log } = parts
  let newest: Facts | null = null
  const toldOf = new Set<string>()

  const sendable = (facts: Facts): Facts => {
    const { sent, leftOut } = sendableFacts(facts)
    for (const fact of leftOut.filter(name => !toldOf.has(name))) {
      toldOf.add(fact)
      log.warn(
        { fact },
        'a fact is left out of the heartbeat: it is no JSON, its name is too long, or all are too much',
      )
    }
    return sent
  }

  return {
    get newest() {
      return newest
    },
    async gather() {
      const beat = { computer: self, at: clock.now(), facts: {} }
      const asked = hookPoints.heartbeat(beat).then(() => {
        newest = sendable(beat.facts)
      })
      const late = new Error('late')
      await withDeadline(clock, asked, WAIT_MS, () => late).catch(error => {
        if (error !== late) throw error
        newest = { ...newest, ...sendable(beat.facts) }
      })
      return newest ?? {}
    },
  }
}
