import { readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../../../core/index.ts'
import { PIPE } from './fifo.ts'
import { namesIn, socketOf } from './pane-record.ts'
import { runTmux } from './server.ts'
import { programIn, START } from './start-file.ts'

/** A server that nothing runs in any more ends at once; one in which a person still has a window, when they close it. */
const LOOKS = 20
const LOOK_MS = 100

/** Pipes that nobody opened. Before any of ours is there: until it is opened, it looks the same. */
export function removePipes(folder: string): void {
  for (const name of namesIn(folder)) if (name.endsWith(PIPE)) rmSync(join(folder, name), { force: true })
}

/** Takes away what else a host left that was killed: servers that nobody waited for, and sockets. */
export async function removeLeftovers(
  folder: string,
  kept: ReadonlySet<string>,
  clock: Clock,
): Promise<void> {
  const names = namesIn(folder)
  const starts = names.filter(name => name.endsWith(START)).map(name => name.slice(0, -START.length))
  await Promise.all(starts.map(id => undoStart(folder, id, kept.has(id))))
  const sockets = names.filter(name => !name.includes('.') && !kept.has(name))
  for (const name of sockets) removeSocketSoon(socketOf(folder, name), clock)
}

/** Removes the socket of a server that is about to end: tmux leaves it. */
export function removeSocketSoon(socket: string, clock: Clock, looks = LOOKS): void {
  clock.setTimeout(async () => {
    const isGone = await removeDeadSocket(socket)
    if (!isGone && looks > 1) removeSocketSoon(socket, clock, looks - 1)
  }, LOOK_MS)
}

/** A host that was killed before it had written down the pane has left a server that nobody else knows. */
async function undoStart(folder: string, id: string, isKept: boolean): Promise<void> {
  const path = join(folder, `${id}${START}`)
  const program = programIn(readFileSync(path, 'utf8'))
  if (!isKept && program)
    await runTmux({ program, socket: socketOf(folder, id) }, 'kill-server').catch(() => {})
  rmSync(path, { force: true })
}

/** @returns whether there is none any more */
function removeDeadSocket(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', error => {
      const { code } = error as NodeJS.ErrnoException // what sockets fail with
      if (code === 'ECONNREFUSED') rmSync(path, { force: true })
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT')
    })
  })
}
