import { z } from 'zod'
import { BoundedMap } from '../bounded-map.ts'
import type { Clock } from '../clock.ts'
import { isTeleclaudeError } from '../errors.ts'

export interface SessionSearchParts {
  readonly clock: Clock
  /** The computers to ask. */
  online(): readonly string[]
  ask(computer: string, operation: string, input: unknown): Promise<unknown>
  /** A computer knows the session; `record` is what it says of it. */
  found(computer: string, record: unknown): void
}

/** Finds out on which computer a session runs, by asking them all. */
export interface SessionSearch {
  /** Settles with the first that knows it. @throws TC_ERR_TRANSPORT if nobody could be asked */
  locate(id: string): Promise<string | undefined>
}

/** How many are asked at once; the next when one has answered. */
const ASKED_AT_ONCE = 64
/** For so long nobody is asked again what nobody knew. */
const UNKNOWN_FOR_MS = 2000
/** Ids that nobody knew: more than one caller asks for in that time. */
const MAX_UNKNOWN = 1000

export function createSessionSearch(parts: SessionSearchParts): SessionSearch {
  const { clock } = parts
  const rounds = new Map<string, Promise<string | undefined>>()
  /** When each was not found. */
  const unknown = new BoundedMap<string, number>(MAX_UNKNOWN)

  const ask = async (id: string): Promise<string | undefined> => {
    const computer = await firstThatKnows(parts, id)
    if (computer !== undefined) return computer
    unknown.set(id, clock.monotonic())
    return undefined
  }
  return {
    async locate(id) {
      const missedAt = unknown.get(id)
      if (missedAt !== undefined && clock.monotonic() - missedAt < UNKNOWN_FOR_MS) return undefined
      const round = rounds.get(id) ?? ask(id).finally(() => rounds.delete(id))
      rounds.set(id, round)
      return await round
    },
  }
}

async function firstThatKnows(parts: SessionSearchParts, id: string): Promise<string | undefined> {
  const computers = parts.online()
  const found = Promise.withResolvers<string>()
  const left = [...computers]
  const failures: unknown[] = []
  let isFound = false
  const askInTurn = async (): Promise<void> => {
    for (let computer = left.shift(); computer !== undefined && !isFound; computer = left.shift()) {
      try {
        if (!(await knows(parts, computer, id)) || isFound) continue
        isFound = true
        found.resolve(computer)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  const all = Promise.all(Array.from({ length: ASKED_AT_ONCE }, askInTurn)).then(() => undefined)
  const computer = await Promise.race([found.promise, all])
  if (computer !== undefined) return computer
  const [failure] = failures
  // Not one could be asked: nobody knows whether nobody knows it.
  if (failures.length === computers.length && isTeleclaudeError(failure, 'TC_ERR_TRANSPORT')) throw failure
  return undefined
}

async function knows(parts: SessionSearchParts, computer: string, id: string): Promise<boolean> {
  const record = await parts.ask(computer, 'session.get', { session_id: id })
  const isOurs = z.looseObject({ id: z.literal(id), computer: z.literal(computer) }).safeParse(record).success
  if (isOurs) parts.found(computer, record)
  return isOurs
}
