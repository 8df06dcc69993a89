import { randomId } from '../ids.ts'

/** What is left of a caller's own id: enough to recognise it in both computers' logs. */
const MAX_OWN_CHARACTERS = 40
const RANDOM_CHARACTERS = 16

/**
 * The id under which one request travels: another one each time, because one call may be composed of several requests
 * to one computer, and because an answer proves by it that it is an answer to this one.
 */
export function newWireId(requestId: string): string {
  const own = requestId.replace(/[^\w-]/g, '').slice(0, MAX_OWN_CHARACTERS)
  return `${own}-${randomId(RANDOM_CHARACTERS)}`
}

/** The caller's id of a request that travelled under `wireId`. */
export function requestIdOf(wireId: string): string {
  return wireId.slice(0, -RANDOM_CHARACTERS - 1) || wireId
}
