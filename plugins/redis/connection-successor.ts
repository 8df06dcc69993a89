import { type AttemptParts, beginSoonest } from './connection-attempts.ts'
import type { ConnectionLife } from './connection-life.ts'
import { madeDuring } from './connection-silence.ts'
import { faultOf, type RedisFault } from './faults.ts'

/** How a life ended. */
export interface Ending {
  readonly fault: RedisFault
  /** What is there in its place already. */
  readonly successor: ConnectionLife | null
}

/**
 * A connection may be dead though neither end was told. So while it is silent another one is made, and if that one is
 * sooner to answer, it takes over. A Redis that is merely slow answers on the old one first: then the new one is dropped.
 */
export async function endOf(life: ConnectionLife, parts: Omit<AttemptParts, 'patienceMs'>): Promise<Ending> {
  let successor: ConnectionLife | null = null
  let hasEnded = false

  async function replace(over: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([parts.signal, over])
    const make = () => beginSoonest({ ...parts, signal, patienceMs: life.patienceMs })
    const made = await madeDuring(signal, parts.clock, make, discard)
    if (made && hasEnded) discard(made)
    else if (made) {
      successor = made
      life.drop(REPLACED)
    }
  }

  life.onSilence(over => void replace(over))
  const fault = await life.ended
  hasEnded = true
  return { fault, successor }
}

function discard(late: ConnectionLife): void {
  late.drop(faultOf(new Error('closed')))
}

const REPLACED: RedisFault = {
  kind: 'connection',
  text: 'answers on a new connection only: the network has lost the one before',
  isLasting: false,
  isRefused: false,
}
