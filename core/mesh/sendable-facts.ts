import { heartbeatSchema } from './heartbeat.ts'

/** All facts of one heartbeat together. It is sealed once under each secret, and five times this fits into a heartbeat. */
const MAX_FACTS_BYTES = 8 * 1024

const { facts: factsSchema } = heartbeatSchema.shape

/** The facts that can be sent, as others will read them, and the names of those that are no JSON or too much. */
export function sendableFacts(facts: Readonly<Record<string, unknown>>): {
  readonly sent: Readonly<Record<string, unknown>>
  readonly leftOut: readonly string[]
} {
  const sent: Record<string, unknown> = {}
  const leftOut: string[] = []
  let room = MAX_FACTS_BYTES
  for (const [name, fact] of Object.entries(facts)) {
    const json = toJson(fact)
    const bytes = Buffer.byteLength(json ?? '')
    if (json === undefined || bytes > room || !isFactName(name)) leftOut.push(name)
    else {
      room -= bytes
      sent[name] = JSON.parse(json)
    }
  }
  return { sent, leftOut }
}

function isFactName(name: string): boolean {
  return factsSchema.safeParse({ [name]: null }).success
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
