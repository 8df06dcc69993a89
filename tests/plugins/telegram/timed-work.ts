import type { DaemonStatus } from '../../../core/daemon-service.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { NO_LIMITS, type Topic } from '../../support/telegram/index.ts'
import { type Shell, type TimedTelegram, timedTelegram } from '../../support/timed-telegram.ts'

export const MINUTE_MS = 60_000

/** A session named "work" in a room, on a clock that the test drives. */
export interface TimedWork extends TimedTelegram {
  readonly session: Session
  /** The newest topic that there is. */
  readonly topic: Topic | undefined
  /** What stands in it. */
  readonly texts: readonly string[]
  /** Types a line into the session, or into another one. */
  run(line: string, session?: Session): Promise<unknown>
  /** Another one, which prints this and goes on for a while. */
  begin(output: string, ms: number): Promise<Session>
  /** What `status` says of the plugin, and of the session's channel. */
  told(): Promise<{
    readonly plugin: DaemonStatus['plugins'][number] | undefined
    readonly channel: DaemonStatus['channels'][number] | undefined
  }>
  logged(what: RegExp): readonly string[]
  stop(): Promise<void>
}

export interface WorkSetup {
  readonly settings?: object
  /** Before the session starts. */
  prepare?(timed: TimedTelegram): void | Promise<void>
  /** Default: prints `did <line>`. */
  readonly shell?: Shell
}

/** @param setup without one the topic is there already */
export async function timedWork(setup?: WorkSetup): Promise<TimedWork> {
  const timed = await timedTelegram({ limits: NO_LIMITS, settings: setup?.settings ?? {} })
  await setup?.prepare?.(timed)
  const did: Shell = line => ({ output: `did ${line}\n`, exitCode: 0 })
  const session = await timed.shell('work', setup?.shell ?? did)
  const work = workOf(timed, session)
  if (!setup) await timed.passUntil(() => work.texts.length > 0, 'the card')
  return work
}

function workOf(timed: TimedTelegram, session: Session): TimedWork {
  const { host, room } = timed
  const run = (text: string, { id } = session) =>
    host.call('session.input', { session_id: id, text, submit: true })
  return {
    ...timed,
    session,
    run,
    get topic() {
      return room.forum.topics.at(-1)
    },
    get texts() {
      return room.forum.topics.at(-1)?.texts ?? []
    },
    async begin(output, ms) {
      const other = await timed.shell('long', () => ({ output, exitCode: 0, ms }))
      await run('go', other)
      const isShown = () => room.forum.texts.some(text => text.includes(output.trim()))
      await timed.passUntil(isShown, 'live output')
      return other
    },
    async told() {
      const { plugins, channels } = await host.call<DaemonStatus>('daemon.status', {})
      return { plugin: plugins.find(({ name }) => name === 'telegram'), channel: channels[0] }
    },
    logged: what => host.logs.filter(line => what.test(line)),
    async stop() {
      let isStopped = false
      const stopping = host.stop().finally(() => {
        isStopped = true
      })
      await timed.passUntil(() => isStopped, 'the end of the daemon')
      await stopping
    },
  }
}
