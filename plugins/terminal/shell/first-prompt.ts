import { readFile } from 'node:fs/promises'
import { type Clock, sleep } from '../../../core/index.ts'

/** A shell that has been started to mark its prompts. */
export interface StartingShell {
  /** Settles at the first prompt, or when there will be none. */
  readonly firstPrompt: Promise<void>
  readonly pid: number
  /** A line editor or a full-screen program takes keys in the terminal. */
  readonly takesKeys: boolean
  /** How long nothing was printed. */
  readonly quietMs: number
}

/** How long a shell may take to its first prompt before the session is given out without it. */
const LIMIT_MS = 10_000
const LOOK_MS = 100
/** A prompt is not long in coming where keys are taken; a program that prints in smaller steps is still at work. */
const QUIET_MS = 500

/**
 * Settles when a shell that was started with `args` has its first prompt; when it is plain that another program has taken
 * its place and waits for somebody; or when its time is over. A slow rc file is none of these.
 */
export async function firstPrompt(
  shell: StartingShell,
  args: readonly string[],
  clock: Clock,
): Promise<void> {
  const wait = new AbortController()
  const over = shell.firstPrompt.then(() => wait.abort())
  await Promise.race([over, withoutPrompt(shell, args, clock, wait.signal)])
}

async function withoutPrompt(
  shell: StartingShell,
  args: readonly string[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const end = clock.monotonic() + LIMIT_MS
  while (!signal.aborted && clock.monotonic() < end) {
    await sleep(clock, LOOK_MS, signal)
    if (shell.quietMs < QUIET_MS) continue
    if (shell.takesKeys || (await hasBecomeAnother(shell.pid, args))) return
  }
}

/** Whether an rc file has replaced the shell (`exec`). Where the system does not tell, it has not. */
async function hasBecomeAnother(pid: number, args: readonly string[]): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return line !== '' && !line.endsWith(`\0${args.join('\0')}\0`)
}
