import { z } from 'zod'
import { computerName } from '../config/computer-name.ts'

/** Input fields that several operations share. */
export const sessionId = z
  .string()
  .min(1)
  .max(64)
  .describe('The id of the session, as start_session or list_sessions gave it.')

export const computer = computerName.describe('The name of the computer; this one if left out.')

export const cursor = z
  .union([z.string().max(40), z.literal(0)])
  .describe('A cursor as another call returned it, or 0 for the start.')

export const title = z.string().trim().min(1).max(200)
export const description = z.string().max(2000)
export const columns = z.int().min(1).max(1000)
export const rows = z.int().min(1).max(1000)

/** The longest that a call may wait: 10 minutes. */
const MAX_WAIT_MS = 600_000
export const waitMs = z.int().min(0).max(MAX_WAIT_MS)

/** The most output that one call returns: 1 MiB. */
const MAX_RESULT_BYTES = 1_048_576
export const maxBytes = z
  .int()
  .min(256)
  .max(MAX_RESULT_BYTES)
  .default(49_152)
  .describe('At most this many bytes of output are returned.')

/** The most text that one call may type: 1 MiB. */
const MAX_INPUT = 1_048_576
export const inputText = z.string().max(MAX_INPUT)

export const cwd = z
  .string()
  .min(1)
  .max(4096)
  .describe('The working directory; an absolute path or one beginning with ~.')
