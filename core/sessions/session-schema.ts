import { z } from 'zod'

/** The states of a session, as {@link SessionState} has them. */
export const sessionState = z.enum([
  'starting',
  'ready',
  'busy',
  'waiting',
  'limited',
  'closing',
  'closed',
  'failed',
])

/** A session as operations return it; the fields are those of the Session interface. */
export const sessionSchema = z.strictObject({
  id: z.string(),
  computer: z.string().describe('Where its terminal runs.'),
  title: z.string(),
  description: z.string(),
  kind: z.string(),
  state: sessionState,
  origin: z.string().describe('The computer it was started from.'),
  originAdapter: z.string(),
  adapterTypes: z.array(z.string()).readonly(),
  adapterMetadata: z.record(z.string(), z.record(z.string(), z.unknown()).readonly()).readonly(),
  terminal: z.strictObject({
    backend: z.string(),
    cwd: z.string(),
    cols: z.int(),
    rows: z.int(),
    pid: z.int().nullable(),
    ttyPath: z.string().nullable(),
    attachWith: z
      .string()
      .optional()
      .describe('What a person on that computer types to work in it without this program.'),
    isAdopted: z
      .boolean()
      .optional()
      .describe('It was there before the session, and stays when that is closed.'),
  }),
  command: z.union([z.string(), z.array(z.string()).readonly()]).nullable(),
  shell: z.string().optional().describe('Where another shell than the default was asked for.'),
  createdAt: z.number().describe('Milliseconds since the Unix epoch, as are the other times.'),
  updatedAt: z.number(),
  lastActivityAt: z.number(),
  closedAt: z.number().nullable(),
  closeReason: z.string().nullable(),
  exitCode: z.int().nullable(),
})
