import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isTeleclaudeError } from '../../../core/errors.ts'
import type { Session } from '../../../core/sessions/session.ts'
import type { DaemonSetup, TestDaemon } from '../../support/daemon.ts'
import type { MeshSetup, TestMesh } from '../../support/mesh.ts'
import { isAlive, isStopped } from '../../support/processes.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

/** Computers whose daemons can be stopped and killed at every stage, and that soon see each other come and go. */
export const STAGED: MeshSetup & DaemonSetup = {
  plugins: [['terminal', { maxSessions: 500 }], 'registry', resolve(import.meta.dirname, 'stages-plugin.ts')],
  options: { heartbeatMs: 1000, heartbeatTtlMs: 5000 },
}

/** Has the daemon wait where it reaches a stage, until it is let go. */
export function stopAt(daemon: TestDaemon, stage: string, what: string): { letGo(): void } {
  const stop = file(daemon, 'stop')
  writeFileSync(stop, `${stage} ${what}`)
  return { letGo: () => rmSync(stop, { force: true }) }
}

/** Has the daemon killed where it reaches a stage; the one after it is not. */
export function dieAt(daemon: TestDaemon, stage: string, what: string): void {
  writeFileSync(file(daemon, 'die'), `${stage} ${what}`)
}

/** Settles when a stage is reached. */
export function reached(daemon: TestDaemon, stage: string, what: string): Promise<unknown> {
  return until(() => times(daemon, stage, what) > 0, `stage '${stage}' of '${what}'`)
}

/** How often a stage was reached. */
export function times(daemon: TestDaemon, stage: string, what: string): number {
  return linesIn(file(daemon, 'reached')).filter(line => line === `${stage} ${what}`).length
}

/** Freezes the daemon: whatever comes to it stays where it is. */
export async function freeze({ pid }: TestDaemon): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await until(() => isStopped(pid), 'a frozen daemon')
}

/** Settles when the daemon has ended by itself. */
export function gone({ pid }: TestDaemon): Promise<unknown> {
  return until(() => !isAlive(pid), 'the end of a daemon')
}

export function thaw({ pid }: TestDaemon): void {
  process.kill(pid, 'SIGCONT')
}

/** Starts daemons again; settles when all see each other. */
export async function backAgain(mesh: TestMesh, names: readonly string[]): Promise<void> {
  await Promise.all(names.map(name => mesh.daemon(name).start()))
  await mesh.acquainted()
}

/** Settles with what `post` returns, once its mail stands in a mailbox. */
export async function mailed<T>(redis: RedisServer, computer: string, post: () => T): Promise<{ posted: T }> {
  const mailbox = `teleclaude:messages:${computer}`
  const newest = () => redis.cli('XREVRANGE', mailbox, '+', '-', 'COUNT', '1')
  const before = await newest()
  const posted = post()
  await until(async () => (await newest()) !== before, `mail for ${computer}`)
  return { posted }
}

/** A command that leaves a line of its own behind. */
export function leaving(line: string): string {
  return `echo ${line} >> ~/effects`
}

/** What such commands have left on a computer. */
export function effects(daemon: TestDaemon): readonly string[] {
  return linesIn(join(daemon.home, 'effects'))
}

/** How often a line was left. */
export function effectsOf(daemon: TestDaemon, line: string): number {
  return effects(daemon).filter(one => one === line).length
}

/** What became of a call: `done`, or the code of its error. */
export function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    error => (isTeleclaudeError(error) ? error.code : String(error)),
  )
}

/** Settles when both computers tell the same of the sessions that run on one and were started from the other. */
export async function agreeOnSessions(origin: TestDaemon, owner: TestDaemon): Promise<readonly Session[]> {
  const [{ computer: at }, { computer: from }] = [await owner.status(), await origin.status()]
  let [there, here]: [readonly Session[], readonly Session[]] = [[], []]
  const differing = async () => {
    there = (await list(owner)).filter(one => one.computer === at && one.origin === from)
    here = (await list(origin)).filter(one => one.computer === at)
    const [owners, origins] = [there.map(told), here.map(told)]
    const [only, unknown] = [owners.filter(isNotIn(origins)), origins.filter(isNotIn(owners))]
    return only.length + unknown.length === 0 ? null : `there ${only.join()}; here ${unknown.join()}`
  }
  let difference: string | null = null
  const agree = async () => {
    difference = await differing()
    return difference === null
  }
  await until(agree, 'one list of sessions on both computers').catch(cause => {
    throw new Error(`the computers tell of other sessions: ${difference}`, { cause })
  })
  return there
}

async function list(daemon: TestDaemon): Promise<readonly Session[]> {
  return (await daemon.call<{ sessions: readonly Session[] }>('session.list')).sessions
}

/** What everybody is to know of a session. */
function told({
  id,
  title,
  state,
  exitCode,
  closeReason,
  closedAt,
  terminal: { cols, rows },
}: Session): string {
  return JSON.stringify([id, title, state, exitCode, closeReason, closedAt, cols, rows])
}

function isNotIn(others: readonly string[]): (one: string) => boolean {
  return one => !others.includes(one)
}

function linesIn(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
}

function file({ stateDir }: TestDaemon, name: string): string {
  const folder = join(stateDir, 'stages')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return join(folder, name)
}
