import type { Inbound } from './hooks.ts'

/**
 * Applies what a tap of `onInbound` returned. Who asks and through what cannot be changed. Plugins may be
 * plain JavaScript, so the shape is checked; throws for one that says neither yes nor no.
 */
export function applyDecision(inbound: Inbound, decision: unknown): Inbound {
  if (decision === undefined) return inbound
  if (!isRecord(decision)) throw new TypeError('the tap returned neither an object nor undefined')
  const { text = inbound.text, verdict = inbound.verdict } = decision
  if (typeof text !== 'string') throw new TypeError('`text` is not a string')
  if (isRecord(verdict) && verdict.type === 'accept') return { ...inbound, text, verdict: { type: 'accept' } }
  if (isRecord(verdict) && verdict.type === 'reject') return reject(inbound, String(verdict.reason))
  throw new TypeError("`verdict.type` is neither 'accept' nor 'reject'")
}

export function reject(inbound: Inbound, reason: string): Inbound {
  return { ...inbound, verdict: { type: 'reject', reason } }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
