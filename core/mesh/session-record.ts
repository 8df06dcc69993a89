import { isDeepStrictEqual } from 'node:util'
import { TeleclaudeError } from '../errors.ts'
import type { SessionId } from '../ids.ts'
import { isLive, type Session, type SessionChange } from '../sessions/session.ts'
import { sessionSchema } from '../sessions/session-schema.ts'
import { parseKnown } from './parse-result.ts'

/** As {@link newSessionId} makes them. */
const SESSION_ID = /^[a-z2-7]{12}$/
/** What one record may hold, as JSON: a path, a description and a command of the longest kind, and room for metadata. */
const MAX_RECORD_CHARS = 16_384
/** Enough of a command to recognise it; whoever wants all of it asks the owner. */
const MAX_COMMAND_CHARS = 2000

/** A record as it is told to another computer. */
export function inBrief(session: Session): Session {
  return { ...session, command: clipped(session.command) }
}

/**
 * Reads what `from` tells of a session that runs there and was started from this computer.
 * @throws TC_ERR_PROTOCOL if it is malformed, or of a session that is not its to tell of here
 */
export function readRecord(value: unknown, from: string, self: string): Session {
  const parsed = parseKnown(sessionSchema, value)
  if (!parsed.success) throw notARecord(from, parsed.problem)
  const id = parsed.data.id as SessionId // checked on the next line
  if (!SESSION_ID.test(id)) throw notARecord(from, 'its id is none')
  if (parsed.data.computer !== from) throw notARecord(from, 'it runs on another computer')
  if (parsed.data.origin !== self) throw notARecord(from, 'it was not started from here')
  const session = inBrief({ ...parsed.data, id })
  if (sizeOf(session) > MAX_RECORD_CHARS) throw notARecord(from, 'it is too large')
  return session
}

/**
 * Whether `told` says something that `known` does not know yet. What has ended stays so unless it was changed later:
 * started again. Owners never let the times of a session go back, so neither a message that was put back nor one that
 * came late undoes anything.
 */
export function isNewer(told: Session, known: Session): boolean {
  if (told.updatedAt !== known.updatedAt) return told.updatedAt > known.updatedAt
  if (!isLive(known.state) && isLive(told.state)) return false
  return told.lastActivityAt >= known.lastActivityAt
}

/** What of a session listeners and plugins are told of, as far as it differs. */
export function changeBetween(before: Session, after: Session): SessionChange {
  const shown = ['title', 'description', 'state', 'terminal', 'closeReason', 'exitCode'] as const
  const differing = shown.filter(field => !isDeepStrictEqual(before[field], after[field]))
  return Object.fromEntries(differing.map(field => [field, after[field]]))
}

function clipped(command: Session['command']): Session['command'] {
  if (command === null) return null
  if (typeof command === 'string') return clip(command, MAX_COMMAND_CHARS)
  let left = MAX_COMMAND_CHARS
  const kept: string[] = []
  for (const argument of command) {
    if (left <= 0) break
    kept.push(clip(argument, left))
    left -= argument.length + 1
  }
  return kept
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** What nests so deeply that it cannot be written again is too large. */
function sizeOf(session: Session): number {
  try {
    return JSON.stringify(session).length
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

function notARecord(from: string, problem: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_PROTOCOL',
    `'${from}' told of a session what cannot be taken in: ${problem}.`,
  )
}
