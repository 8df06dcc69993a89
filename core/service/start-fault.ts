import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import {
  asTeleclaudeError,
  errorFromWire,
  errorToWire,
  type TeleclaudeError,
  type WireError,
} from '../errors.ts'
import { writePrivateFile } from '../private-file.ts'

/**
 * Why the last start in the background failed, for those who wait for the daemon without being its parent: those who
 * were second, and those who asked a service manager.
 */
export interface StartFault {
  readonly at: number
  readonly error: TeleclaudeError
}

const schema = z.object({
  at: z.number(),
  error: z.object({ code: z.string(), message: z.string(), retryable: z.boolean() }),
})

/** Nothing is lost where it cannot be written: the log and the parent are told too. */
export function recordStartFault(stateDir: string, thrown: unknown, clock: Clock): void {
  const error = errorToWire(asTeleclaudeError(thrown))
  if (error.code === 'TC_ERR_ALREADY_RUNNING') return // somebody else's start may still become one
  try {
    writePrivateFile(faultPath(stateDir), `${JSON.stringify({ at: clock.now(), error })}\n`)
  } catch {
    // A state folder that cannot be written is mostly the very fault.
  }
}

/** What there is, if it is not older than `since`. */
export function readStartFault(stateDir: string, since = 0): StartFault | null {
  try {
    const { at, error } = schema.parse(JSON.parse(readFileSync(faultPath(stateDir), 'utf8')))
    // A code that this version does not know is dealt with there.
    return at < since ? null : { at, error: errorFromWire(error as WireError) }
  } catch {
    return null // there is none, or it is no file of ours
  }
}

/** The daemon is ready. */
export function forgetStartFault(stateDir: string): void {
  rmSync(faultPath(stateDir), { force: true })
}

function faultPath(stateDir: string): string {
  return join(stateDir, 'start-fault.json')
}
