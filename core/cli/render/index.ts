import type { Cli } from '../context.ts'
import { renderComputers, renderProjects } from './computers.ts'
import { renderFacts } from './facts.ts'
import { renderPeer, renderPeers } from './peers.ts'
import { renderEnded, renderSession, renderSessions, renderStarted } from './sessions.ts'

// biome-ignore lint/suspicious/noExplicitAny: each takes the result of the operation that it stands beside.
type Renderer = (result: any, cli: Cli) => string

const RENDERERS: Readonly<Record<string, Renderer>> = {
  'computers.list': renderComputers,
  'projects.list': renderProjects,
  'session.list': renderSessions,
  'session.get': renderSession,
  'session.start': renderStarted,
  'session.rename': renderSession,
  'session.resize': renderSession,
  'session.close': renderEnded,
  'peers.list': renderPeers,
  'peers.trust': renderPeer,
  'peers.limit': renderPeer,
  'peers.revoke': renderPeer,
  'peers.replace': renderPeer,
  'session.interrupt': () => '',
  'session.keys': () => '',
}

/** The result of an operation as people read it. One that has no text of its own is listed by its fields. */
export function renderResult(operation: string, result: unknown, cli: Cli): string {
  const render = Object.hasOwn(RENDERERS, operation) ? RENDERERS[operation] : undefined
  if (render) return render(result, cli)
  return typeof result === 'object' && result !== null ? renderFacts({ ...result }, cli) : `${result}\n`
}
