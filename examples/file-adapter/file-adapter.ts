import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Adapter, AdapterError, messageOf, type Session } from 'teleclaude'
import { SessionFile } from './session-file.ts'

/** An adapter whose far side is a folder: the channel of a session is the file `<session id>.log` in it. */
export function createFileAdapter(folder: string): Adapter {
  const fileOf = (session: Session) => new SessionFile(join(folder, `${session.id}.log`))
  return {
    type: 'file',
    supports: { stream: false, edit: false, files: false, threads: true },

    async createChannel(session) {
      const file = fileOf(session)
      await retryable(async () => {
        // What sessions print is nobody else's business.
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await file.create()
      })
      return { path: file.path }
    },

    async sendMessage(session, batch, signal) {
      await retryable(() => fileOf(session).append(batch, signal))
    },
  }
}

/** A folder that is missing, full or read-only may be well again later, so the pump shall go on trying. */
async function retryable(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw new AdapterError(`${messageOf(cause)}. Is there room, and may the daemon write there?`, {
      retryable: true,
      cause,
    })
  }
}
