import { isTeleclaudeError, type TeleclaudeError } from '../errors.ts'
import type { Entry } from '../journal/entry.ts'
import type { Session } from '../sessions/session.ts'
import { blame } from './blame.ts'
import type { BringUp } from './bring-up.ts'
import type { GuardedTap, TapPolicy } from './guard.ts'
import type { HookProblems } from './hook-problems.ts'
import type { Heartbeat, HookName, Inbound, Undo } from './hooks.ts'
import { applyDecision, reject } from './inbound-decision.ts'
import { createOutputFeed } from './output-feed.ts'

/** Bring-up may start programs; input waits for a person who is watching; observers only look. */
const CREATE_MS = 10_000
const INBOUND_MS = 2_000
const OBSERVER_MS = 5_000
/** A third of the interval between two beats. */
const HEARTBEAT_MS = 10_000
/** A tap of onOutput is blamed after this, and goes on being waited for: its calls never overlap. */
const OUTPUT_MS = 10_000

/** A throw vetoes the session. What a tap returns after its deadline is undone at once, since nobody waits for it. */
export function sessionCreatePolicy(lateBringUp: () => BringUp): TapPolicy<[Session, BringUp]> {
  return {
    hook: 'onSessionCreate',
    deadlineMs: CREATE_MS,
    wrap: tap => async (session, bringUp) => {
      try {
        const undo = await tap.call(session)
        if (isUndo(undo)) bringUp.did(tap.owner.plugin, undo)
      } catch (thrown) {
        if (isFault(thrown)) tap.report(thrown)
        throw thrown
      }
    },
    late(undo, plugin) {
      if (!isUndo(undo)) return
      const bringUp = lateBringUp()
      bringUp.did(plugin, undo)
      void bringUp.undo()
    },
  }
}

/** Fails closed: whatever goes wrong is a rejection that names the plugin and the hook. */
export function inboundPolicy(): TapPolicy<[Inbound, Session]> {
  return {
    hook: 'onInbound',
    deadlineMs: INBOUND_MS,
    wrap: tap => async (inbound, session) => {
      if (inbound.verdict.type === 'reject') return inbound
      try {
        return applyDecision(inbound, await tap.call({ ...inbound }, session))
      } catch (thrown) {
        const error = blame(
          thrown,
          tap.owner.plugin,
          'failed in onInbound',
          'TC_ERR_HOOK_FAILED',
          'onInbound',
        )
        tap.report(error)
        return reject(inbound, error.message)
      }
    },
  }
}

export function outputPolicy(): TapPolicy<[readonly Entry[], Session]> {
  return {
    hook: 'onOutput',
    deadlineMs: OUTPUT_MS,
    wrap(tap) {
      const feed = createOutputFeed(async (entries, session) => {
        if (tap.owner.ended) return feed.clear()
        await attempt(tap, entries, session)
        await tap.settled()
      })
      return (entries, session) => feed.push(entries, session)
    },
  }
}

/** A tap that is still busy with an earlier beat is left out: beats never overlap. */
export function heartbeatPolicy(problems: HookProblems): TapPolicy<[Heartbeat]> {
  return {
    hook: 'onHeartbeat',
    deadlineMs: HEARTBEAT_MS,
    wrap(tap) {
      let isBusy = false
      return async beat => {
        if (isBusy) return
        isBusy = true
        // Facts of its own, so that what a late tap writes can no longer change a beat that was sent.
        const facts: Record<string, unknown> = {}
        const worked = await attempt(tap, { ...beat, facts })
        void tap.settled().then(() => {
          isBusy = false
        })
        if (!worked) return
        Object.assign(beat.facts, facts)
        problems.clear(tap.owner.plugin, 'onHeartbeat')
      }
    },
  }
}

export function observerPolicy<Args extends readonly unknown[]>(hook: HookName): TapPolicy<Args> {
  return {
    hook,
    deadlineMs: OBSERVER_MS,
    wrap:
      tap =>
      async (...args) => {
        await attempt(tap, ...args)
      },
  }
}

/** Calls the tap and says whether that worked; a failure is reported. */
async function attempt(tap: GuardedTap, ...args: unknown[]): Promise<boolean> {
  try {
    await tap.call(...args)
    return true
  } catch (thrown) {
    tap.report(thrown as TeleclaudeError) // a guarded tap rejects with nothing else
    return false
  }
}

/** Whether it is the tap that failed, rather than a veto with a reason of its own. */
function isFault(thrown: unknown): thrown is TeleclaudeError {
  return isTeleclaudeError(thrown, 'TC_ERR_HOOK_FAILED') || isTeleclaudeError(thrown, 'TC_ERR_HOOK_TIMEOUT')
}

function isUndo(value: unknown): value is Undo {
  return typeof value === 'function'
}
