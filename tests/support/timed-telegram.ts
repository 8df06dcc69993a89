import { onTestFinished } from 'vitest'
import type { Append } from '../../core/journal/journal.ts'
import type { Session } from '../../core/sessions/session.ts'
import { TerminalSinkService } from '../../core/sessions/terminal.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { createTestHost, type TestHost } from '../../core/testing/test-host.ts'
import telegram from '../../plugins/telegram/index.ts'
import type { ServerOptions } from './telegram/index.ts'
import { openRoom, type Room } from './telegram-room.ts'

/** A room and a daemon in this process, both on one clock that the test drives; the sockets between them are real. */
export interface TimedTelegram {
  readonly room: Room
  readonly host: TestHost
  readonly clock: FakeClock
  /** Lets time pass, but not while something is under way: the network takes none of the time that a test drives. */
  pass(ms: number): Promise<void>
  /** Lets time pass until something is true. */
  passUntil(condition: () => boolean, what: string, withinMs?: number): Promise<void>
  /** Starts a session with a shell that does what `shell` says of each line that is typed. */
  shell(title: string, shell: Shell): Promise<Session>
  append(session: Session, entries: readonly Append[]): Promise<void>
}

/** What one typed line does. */
export interface ShellCommand {
  readonly output: string
  readonly exitCode: number
  /** How long it takes; it prints at once. */
  readonly ms?: number
}

export type Shell = (line: string) => ShellCommand

/** Longer steps would let time pass by a call that has only begun. */
const STEP_MS = 250
const HOURS_MS = 12 * 3_600_000

export async function timedTelegram(
  options: { limits?: ServerOptions['limits']; settings?: object } = {},
): Promise<TimedTelegram> {
  const clock = new FakeClock()
  const room = await openRoom({ clock, ...(options.limits && { limits: options.limits }) })
  const host = await createTestHost({ clock, plugins: [telegram(room.settings(options.settings))] })
  const shells = new Map<Session, RunningShell>()
  const calm = createCalm(room)
  onTestFinished(async () => {
    let isStopped = false
    const stop = async () => {
      await host[Symbol.asyncDispose]()
      isStopped = true
    }
    const stopping = stop()
    while (!isStopped) {
      await calm()
      await clock.advance(STEP_MS)
    }
    await stopping
  })
  const step = async (mostMs: number) => {
    await calm()
    for (const shell of shells.values()) await shell.turn()
    await calm()
    await clock.advance(Math.min(mostMs, STEP_MS, clock.nextInMs ?? STEP_MS))
  }
  const append = (session: Session, entries: readonly Append[]) =>
    host.services.get(TerminalSinkService).append(session.id, entries)
  return {
    ...{ room, host, clock, append },
    async pass(ms) {
      const end = clock.monotonic() + ms
      while (clock.monotonic() < end) await step(end - clock.monotonic())
      await calm()
    },
    async passUntil(condition, what, withinMs = HOURS_MS) {
      const end = clock.monotonic() + withinMs
      while (!condition()) {
        if (clock.monotonic() >= end) throw new Error(`${what} did not come true within ${withinMs} ms`)
        await step(end - clock.monotonic())
      }
    },
    async shell(title, run) {
      const session = await host.startSession({ title })
      shells.set(session, new RunningShell({ session, host, clock, run, append }))
      await append(session, [prompt])
      return session
    },
  }
}

const prompt: Append = { kind: 'mark', mark: { type: 'prompt', cwd: null } }

/** Turns of the event loop in which nothing happened, before nothing is taken to be under way. */
const CALM_TURNS = 12

/** Settles when everything that is under way in this process has ended. */
function createCalm({ telegram, forum }: Room): () => Promise<void> {
  const stand = () => {
    const busy = process.getActiveResourcesInfo().filter(name => /^FSReq|ConnectWrap|WriteWrap/.test(name))
    const { counts } = telegram
    return [counts.of(), counts.connections, counts.calls.length, forum.history.length, busy.length].join()
  }
  return async () => {
    let known = stand()
    for (let turns = 0; turns < CALM_TURNS; ) {
      await new Promise<void>(resolve => setImmediate(resolve))
      const now = stand()
      turns = now === known && now.endsWith(',0') ? turns + 1 : 0
      known = now
    }
  }
}

interface RunningShellParts extends Pick<TimedTelegram, 'host' | 'clock' | 'append'> {
  readonly session: Session
  readonly run: Shell
}

/** A shell with prompt marks, as far as entries tell: one command after the other, in the order in which they were typed. */
class RunningShell {
  readonly #parts: RunningShellParts
  #taken = 0
  #running: { readonly command: ShellCommand; readonly endsAt: number } | null = null

  constructor(parts: RunningShellParts) {
    this.#parts = parts
  }

  async turn(): Promise<void> {
    while (await this.#act());
  }

  async #act(): Promise<boolean> {
    const { host, session, clock } = this.#parts
    if (this.#running) {
      if (clock.monotonic() < this.#running.endsAt) return false
      await this.#end(this.#running.command)
      return true
    }
    const input = host.typed(session)[this.#taken]
    if (!input) return false
    this.#taken++
    if (input.type === 'text' && input.submit) await this.#start(input.text)
    return true
  }

  async #start(line: string): Promise<void> {
    const { append, session, run, clock, host } = this.#parts
    const command = run(line)
    await append(session, [{ kind: 'mark', mark: { type: 'start' } }])
    await host.print(session, command.output.replaceAll('\n', '\r\n'))
    this.#running = { command, endsAt: clock.monotonic() + (command.ms ?? 0) }
  }

  async #end({ exitCode, ms = 0 }: ShellCommand): Promise<void> {
    const { append, session } = this.#parts
    this.#running = null
    await append(session, [
      { kind: 'mark', mark: { type: 'end', exitCode, durationMs: ms, cwd: null } },
      prompt,
    ])
  }
}
