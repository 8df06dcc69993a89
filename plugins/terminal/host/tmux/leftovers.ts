import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../../../core/index.ts'
import { PIPE } from './fifo.ts'
import { namesIn, type PaneRecord, socketOf } from './pane-record.ts'
import { runTmux, type TmuxServer } from './server.ts'
import { programIn, START } from './start-file.ts'

/** A server that nothing runs in any more ends at once; one in which a person still has a window, when they close it. */
const LOOKS = 20
/** What a host has started before it was killed comes to be on a busy computer too. */
const START_LOOKS = 50
const LOOK_MS = 100

/** Pipes that nobody opened. Before any of ours is there: until it is opened, it looks the same. */
export function removePipes(folder: string): void {
  for (const name of namesIn(folder)) if (name.endsWith(PIPE)) rmSync(join(folder, name), { force: true })
}

/** Takes away what else a host left that was killed: servers that nobody waited for, and sockets. */
export function removeLeftovers(folder: string, kept: ReadonlySet<string>, clock: Clock): void {
  const names = namesIn(folder)
  const starts = names.filter(name => name.endsWith(START)).map(name => name.slice(0, -START.length))
  const sockets = names.filter(name => !name.includes('.') && !kept.has(name) && !starts.includes(name))
  for (const id of starts) undoStart(folder, id, kept.has(id), clock)
  for (const name of sockets) removeSocketSoon(socketOf(folder, name), clock)
}

/** Removes the socket of a server that is about to end: tmux leaves it. */
export function removeSocketSoon(socket: string, clock: Clock, looks = LOOKS): void {
  clock.setTimeout(async () => {
    const state = await stateOf(socket)
    if (state === 'dead') rmSync(socket, { force: true })
    if (state === 'alive' && looks > 1) removeSocketSoon(socket, clock, looks - 1)
  }, LOOK_MS)
}

/**
 * Ends the control client of a host that was killed. What tmux could not tell it any more keeps it for ever, and with
 * it the server; while it is there, tmux takes it for somebody who looks on.
 */
export async function endClient({ client, ...record }: PaneRecord): Promise<void> {
  if (client === undefined) return
  const format = '#{pid},#{start_time} #{client_control_mode} #{client_pid}'
  const clients = await runTmux(record, 'list-clients', '-F', format).catch(() => '')
  // By now the number may be that of a person's client, as after a restart of the computer.
  if (clients.split('\n').includes(`${record.server} 1 ${client}`)) kill(client)
}

/**
 * A host that was killed before it had written down the pane has left a server that nobody else knows, or a tmux that
 * has yet to start one.
 */
function undoStart(folder: string, id: string, isKept: boolean, clock: Clock): void {
  const path = join(folder, `${id}${START}`)
  const commands = textOf(path) ?? ''
  const program = programIn(commands)
  const forget = () => rmSync(path, { force: true })
  if (isKept || !program) {
    forget()
    return
  }
  // Whoever reads it now starts nothing; a host that comes after this one still knows of it.
  const undone = commands.slice(0, commands.indexOf('\n') + 1)
  writeFileSync(path, undone)
  // Not if the session is started again meanwhile.
  const isDue = () => textOf(path) === undone
  endServerSoon({ program, socket: socketOf(folder, id) }, isDue, clock, forget)
}

function endServerSoon(
  server: TmuxServer,
  isDue: () => boolean,
  clock: Clock,
  onOver: () => void,
  looks = START_LOOKS,
): void {
  clock.setTimeout(async () => {
    const state = await stateOf(server.socket)
    if (state === 'alive') await endServer(server, isDue)
    if (!isDue()) return
    if (state !== 'dead' && looks > 1) return endServerSoon(server, isDue, clock, onOver, looks - 1)
    onOver()
    removeSocketSoon(server.socket, clock)
  }, LOOK_MS)
}

/** `kill-server` waits until every client was told, which the client of a host that was killed never is. */
async function endServer(server: TmuxServer, isDue: () => boolean): Promise<void> {
  const pid = Number(await runTmux(server, 'display-message', '-p', '#{pid}').catch(() => ''))
  if (pid > 1 && isDue()) kill(pid)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Whether a server listens; there may be its socket alone, or nothing. */
function stateOf(path: string): Promise<'alive' | 'dead' | 'absent'> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve('alive')
    })
    socket.on('error', error => {
      const { code } = error as NodeJS.ErrnoException // what sockets fail with
      resolve(code === 'ECONNREFUSED' ? 'dead' : code === 'ENOENT' ? 'absent' : 'alive')
    })
  })
}
