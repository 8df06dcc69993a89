import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Clock, randomId } from '../../../core/index.ts'
import type { ProgramExit } from '../host/protocol.ts'
import { Pty } from '../host/pty.ts'

export interface TrialProgram {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** How a program behaved on a terminal until it printed what was waited for. */
export interface Trial {
  readonly outcome: 'came' | 'ended' | 'silent'
  readonly ms: number
  /** What was printed before. */
  readonly printed: string
  readonly exit: ProgramExit | null
  /** What had the terminal when the time was over, where it was not the program. */
  readonly instead: string | null
}

/** A profile may print a whole screen, and a broken one for ever. */
const MAX_PRINTED_BYTES = 64 * 1024
const END_GRACE_MS = 200
/** A program that asks the terminal who it is may wait for the answer. */
const [COLS, ROWS] = [120, 30]

/** Runs a program on a terminal until it has printed `awaited`, has ended, or the time is over; then it is ended. */
export function tryOut(
  program: TrialProgram,
  awaited: string,
  limitMs: number,
  clock: Clock,
): Promise<Trial> {
  const begun = clock.monotonic()
  return new Promise(resolve => {
    let bytes = Buffer.alloc(0)
    let isOver = false
    const finish = (outcome: Trial['outcome'], exit: ProgramExit | null) => {
      if (isOver) return
      isOver = true
      limit.cancel()
      const printed = bytes.toString().split(awaited)[0] ?? ''
      const instead = outcome === 'silent' ? insteadOf(pty.pid, program) : null
      resolve({ outcome, ms: clock.monotonic() - begun, printed, exit, instead })
      pty.close(END_GRACE_MS)
    }
    const listener = {
      onOutput(chunk: Buffer) {
        if (isOver || bytes.length > MAX_PRINTED_BYTES) return
        bytes = Buffer.concat([bytes, chunk])
        if (bytes.includes(awaited)) finish('came', null)
      },
      onExit: (exit: ProgramExit) => finish('ended', exit),
      onInputTaken() {},
      onResized() {},
      onUnread() {},
      onUnstoppable() {},
    }
    const retention = { highWaterBytes: 0, ringBytes: 0, pauseMs: 0 }
    const request = { id: randomId(8), ...program, cols: COLS, rows: ROWS, retention, meta: null }
    const pty = new Pty(request, clock, listener)
    const limit = clock.setTimeout(() => finish('silent', null), limitMs)
  })
}

/** Linux tells; elsewhere it is not known. */
function insteadOf(pid: number, { file, args }: TrialProgram): string | null {
  const running = commandOf(pid)
  if (running === null) return null
  if (running.join('\0') !== [file, ...args].join('\0')) return nameOf(running)
  const child = commandOf(lastChildOf(pid))
  return child && nameOf(child)
}

function nameOf([command = '']: readonly string[]): string {
  return basename(command).replace(/^-/, '')
}

function commandOf(pid: number | null): readonly string[] | null {
  const line = pid === null ? '' : readProc(`${pid}/cmdline`)
  return line === '' ? null : line.replace(/\0$/, '').split('\0')
}

function lastChildOf(pid: number): number | null {
  return Number(readProc(`${pid}/task/${pid}/children`).trim().split(' ').at(-1)) || null
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}
