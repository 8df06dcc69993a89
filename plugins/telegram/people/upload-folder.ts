import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type PluginContext, sleep, TeleclaudeError } from '../../../core/index.ts'
import { fileName } from './file-name.ts'
import type { HeardFile } from './heard.ts'

/** Gets a file's bytes. It asks where they go to each time it begins anew. */
export type Fetch = (begin: () => Promise<(bytes: Uint8Array) => Promise<void>>) => Promise<void>

/** A file that is there as a whole. */
export interface SavedFile {
  readonly path: string
  remove(): Promise<void>
}

/** What is not there as a whole; a session's id is never that. */
const PARTIAL = '.partial'

/** Saves a file in the session's folder, as a whole or not at all. @throws what `fetch` and the file system throw */
export async function saveFile(
  stateDir: string,
  session: string,
  file: HeardFile,
  fetch: Fetch,
): Promise<SavedFile> {
  const name = fileName(file)
  const partial = join(await folder(stateDir, PARTIAL), name)
  const path = join(await folder(stateDir, session), name)
  const handle = await open(partial, 'wx', 0o600)
  try {
    await fetch(() => beginning(handle))
    await handle.close()
    await rename(partial, path)
  } catch (error) {
    await handle.close().catch(() => {})
    await rm(partial, { force: true })
    throw error
  }
  return { path, remove: () => rm(path, { force: true }) }
}

async function folder(stateDir: string, name: string): Promise<string> {
  const path = join(stateDir, 'uploads', name)
  await mkdir(path, { recursive: true, mode: 0o700 })
  return path
}

async function beginning(handle: FileHandle): Promise<(bytes: Uint8Array) => Promise<void>> {
  await handle.truncate()
  let at = 0
  return async bytes => {
    for (let from = 0; from < bytes.byteLength; ) {
      const { bytesWritten } = await handle.write(bytes, from, bytes.byteLength - from, at)
      from += bytesWritten
      at += bytesWritten
    }
  }
}

/** The files of a session are of use as long as the session is known; once a day is soon enough. */
const SWEEP_MS = 86_400_000

/** Removes what a daemon that died left half-done, and from now on the files of sessions that are forgotten. */
export async function keepUploadsTidy(ctx: PluginContext): Promise<void> {
  const tell = (err: unknown) => ctx.log.warn({ err }, 'old files of people could not be removed')
  await rm(join(ctx.stateDir, 'uploads', PARTIAL), { recursive: true, force: true }).catch(tell)
  void (async () => {
    while (!ctx.signal.aborted) {
      await sweep(ctx).catch(tell)
      await sleep(ctx.clock, SWEEP_MS, ctx.signal)
    }
  })()
}

async function sweep(ctx: PluginContext): Promise<void> {
  for (const session of await foldersIn(join(ctx.stateDir, 'uploads'))) {
    if (session === PARTIAL || !(await isForgotten(ctx, session))) continue
    await rm(join(ctx.stateDir, 'uploads', session), { recursive: true, force: true })
    ctx.log.info({ session }, 'the files that people sent to a session were removed with it')
  }
}

async function foldersIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path)
  } catch {
    return [] // Nobody has sent any yet.
  }
}

async function isForgotten({ operations }: PluginContext, session_id: string): Promise<boolean> {
  const principal = { kind: 'plugin', name: 'telegram', scopes: ['sessions:read'] } as const
  try {
    await operations.call('session.get', { session_id }, { principal, surface: 'telegram' })
    return false
  } catch (error) {
    return error instanceof TeleclaudeError && error.code === 'TC_ERR_SESSION_NOT_FOUND'
  }
}
