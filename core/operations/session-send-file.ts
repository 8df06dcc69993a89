import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, resolve } from 'node:path'
import { z } from 'zod'
import { messageOf, TeleclaudeError } from '../errors.ts'
import { formatCursor } from '../journal/cursor.ts'
import type { FileReference } from '../journal/entry.ts'
import { JournalService } from '../journal/journal.ts'
import { principalName } from '../principal.ts'
import { requireLive } from '../sessions/require-live.ts'
import { SessionsService } from '../sessions/sessions.ts'
import * as field from './fields.ts'
import { defineOperation } from './operation.ts'

/** What chats usually take at most, so that nobody waits for what cannot arrive. */
const MAX_FILE_BYTES = 50 * 1024 * 1024

export const sessionSendFile = defineOperation({
  name: 'session.sendFile',
  summary: "Shows a file of the session's computer to the people who follow the session.",
  input: z.strictObject({
    session_id: field.sessionId,
    path: z
      .string()
      .min(1)
      .max(4096)
      .describe("On the session's computer; relative to the session's working directory."),
    caption: z.string().max(1000).default('').describe('What is said with it.'),
  }),
  output: z.strictObject({ cursor: z.string(), name: z.string(), bytes: z.int() }),
  scope: 'sessions:input',
  // Whoever asks learns whether the file is there, its size, and where.
  alsoNeeds: ['sessions:read'],
  idempotent: false,
  at: 'owner',
  mcp: {
    name: 'teleclaude__send_file',
    description:
      "Show a file (a report, a screenshot, a log) to the people who follow the session, for example in its chat topic. The file is on the session's computer.",
    annotations: { destructiveHint: false, openWorldHint: true },
  },
  cli: { words: 'session send-file', positional: ['session_id', 'path'] },
  async run({ session_id, path, caption }, call) {
    const session = call.services.get(SessionsService).get(session_id)
    requireLive(session)
    const file = await referTo(path, session.terminal.cwd)
    const journal = call.services.get(JournalService)
    const author = `${call.surface} ${principalName(call.principal)}`
    const notice = { kind: 'notice', text: caption, format: 'text', author, file } as const
    const [entry] = await journal.append(session.id, [notice])
    const seq = entry?.seq ?? journal.head(session.id)
    return { cursor: formatCursor(journal.epoch, seq), name: file.name, bytes: file.bytes }
  },
})

async function referTo(path: string, cwd: string): Promise<FileReference> {
  const full = resolve(cwd, path.replace(/^~(?=\/|$)/, homedir()))
  const found = await stat(full).catch(error => {
    throw unreadable(full, messageOf(error))
  })
  if (!found.isFile()) throw unreadable(full, 'it is not a file')
  if (found.size > MAX_FILE_BYTES) {
    const limit = MAX_FILE_BYTES / 1024 / 1024
    throw unreadable(full, `it has ${found.size} bytes, and ${limit} MiB is the most that can be shown`)
  }
  return { path: full, name: basename(full), bytes: found.size }
}

function unreadable(path: string, why: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_FILE', `The file '${path}' cannot be sent: ${why}.`)
}
