import type { Logger } from 'pino'
import { AsyncParallelHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable'
import type { Clock } from '../clock.ts'
import type { Entry } from '../journal/entry.ts'
import type { Session, SessionChange } from '../sessions/session.ts'
import { type BringUp, createBringUp } from './bring-up.ts'
import { guard, type Owned, type TapOwner, type TapPolicy } from './guard.ts'
import { createHookProblems, type HookProblem, type HookProblems } from './hook-problems.ts'
import type { Heartbeat, Hooks, Inbound } from './hooks.ts'
import {
  heartbeatPolicy,
  inboundPolicy,
  observerPolicy,
  outputPolicy,
  sessionCreatePolicy,
} from './tap-policies.ts'

/** The hooks from core's side: core calls them, plugins tap them through {@link HookPoints.forPlugin}. */
export interface HookPoints {
  /** The hooks as one plugin sees them. After `end` its taps do nothing any more. */
  forPlugin(name: string): { readonly hooks: Hooks; end(): void }
  /**
   * Asks every plugin to bring the session up. When one refuses, what was done is undone in reverse order and the
   * refusal is thrown; otherwise the caller can undo it all when its own next step fails.
   */
  sessionCreate(session: Session): Promise<{ undo(): Promise<void> }>
  /** Settles with what may be typed, or with a verdict of `reject`; never rejects. One call at a time per session. */
  inbound(inbound: Inbound, session: Session): Promise<Inbound>
  /** Tells of committed entries, without waiting for anybody. */
  output(entries: readonly Entry[], session: Session): void
  /** Settles when every plugin has added its facts to `beat.facts` or has run out of time; never rejects. */
  heartbeat(beat: Heartbeat): Promise<void>
  /** Settles when every plugin was told; never rejects. */
  sessionUpdate(session: Session, change: SessionChange): Promise<void>
  /** Settles when every plugin was told; never rejects. */
  sessionClose(session: Session): Promise<void>
  /** What plugins did wrong in hooks, newest of each kind. A heartbeat's problem goes when the next one works. */
  problems(): readonly HookProblem[]
}

export function createHookPoints({ clock, log }: { clock: Clock; log: Logger }): HookPoints {
  const problems = createHookProblems(clock, log)
  const taps = createTaps(clock, problems)
  return {
    forPlugin(name) {
      const owner: TapOwner = { plugin: name, ended: false }
      const end = () => {
        owner.ended = true
      }
      return { hooks: hooksOf(taps, owner), end }
    },
    async sessionCreate(session) {
      const bringUp = createBringUp(clock, problems)
      try {
        await taps.onSessionCreate.promise(session, bringUp)
      } catch (refusal) {
        await bringUp.undo()
        throw refusal
      }
      return { undo: bringUp.undo }
    },
    inbound: (inbound, session) => taps.onInbound.promise(inbound, session),
    output(entries, session) {
      if (taps.onOutput.isUsed()) void taps.onOutput.promise(entries, session)
    },
    heartbeat: beat => taps.onHeartbeat.promise(beat),
    sessionUpdate: (session, change) => taps.onSessionUpdate.promise(session, change),
    sessionClose: session => taps.onSessionClose.promise(session),
    problems: problems.list,
  }
}

function createTaps(clock: Clock, problems: HookProblems) {
  const taps = {
    onSessionCreate: new AsyncSeriesHook<[Session, BringUp], Owned>(['session', 'bringUp']),
    onInbound: new AsyncSeriesWaterfallHook<[Inbound, Session], Inbound, Owned>(['inbound', 'session']),
    onOutput: new AsyncParallelHook<[readonly Entry[], Session], Owned>(['entries', 'session']),
    onHeartbeat: new AsyncParallelHook<[Heartbeat], Owned>(['beat']),
    onSessionUpdate: new AsyncParallelHook<[Session, SessionChange], Owned>(['session', 'change']),
    onSessionClose: new AsyncParallelHook<[Session], Owned>(['session']),
  }
  const guarded = <Args extends readonly unknown[]>(policy: TapPolicy<Args>) => guard(clock, problems, policy)
  taps.onSessionCreate.intercept(guarded(sessionCreatePolicy(() => createBringUp(clock, problems))))
  taps.onInbound.intercept(guarded(inboundPolicy()))
  taps.onOutput.intercept(guarded(outputPolicy()))
  taps.onHeartbeat.intercept(guarded(heartbeatPolicy(problems)))
  taps.onSessionUpdate.intercept(guarded(observerPolicy('onSessionUpdate')))
  taps.onSessionClose.intercept(guarded(observerPolicy('onSessionClose')))
  return taps
}

type Taps = ReturnType<typeof createTaps>
type Tappable = { tap(options: { name: string } & Owned, fn: never): void }

function hooksOf(taps: Taps, owner: TapOwner): Hooks {
  const tap = (hook: Tappable, fn: unknown) => {
    // The guard calls it as the `Hooks` interface says; tapable's own types know nothing of the guard.
    hook.tap({ name: owner.plugin, owner }, fn as never)
  }
  return {
    onSessionCreate: fn => tap(taps.onSessionCreate, fn),
    onInbound: fn => tap(taps.onInbound, fn),
    onOutput: fn => tap(taps.onOutput, fn),
    onHeartbeat: fn => tap(taps.onHeartbeat, fn),
    onSessionUpdate: fn => tap(taps.onSessionUpdate, fn),
    onSessionClose: fn => tap(taps.onSessionClose, fn),
  }
}
