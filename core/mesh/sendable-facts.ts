import type { Logger } from '../log.ts'
import { heartbeatSchema } from './heartbeat.ts'

/** All facts of one heartbeat together. Every computer reads those of all others at every beat. */
const MAX_FACTS_BYTES = 32 * 1024

const { facts: factsSchema } = heartbeatSchema.shape

/** The facts that can be sent, as others will read them. One that is no JSON or too much is left out, and its plugin's author is told. */
export function sendableFacts(
  facts: Readonly<Record<string, unknown>>,
  log: Logger,
): Record<string, unknown> {
  const sent: Record<string, unknown> = {}
  let room = MAX_FACTS_BYTES
  for (const [name, fact] of Object.entries(facts)) {
    const json = toJson(fact)
    if (json === undefined || json.length > room || !factsSchema.safeParse({ [name]: null }).success) {
      log.warn(
        { fact: name.slice(0, 64) },
        'a fact of the heartbeat is left out: it is no JSON, its name is too long, or all are too much',
      )
      continue
    }
    room -= json.length
    sent[name] = JSON.parse(json)
  }
  return sent
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
