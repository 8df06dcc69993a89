import { join } from 'node:path'
import type { Serve } from '../../../core/mesh/served-requests.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { bodyOf, createRequestMesh, IDEMPOTENT, ONCE, type RequestComputer } from './request-mesh.ts'

export const MIB = 2 ** 20

/** What `serve` was called with, and calls that end when the test says so. */
export function recorder() {
  const calls: { id: string; operation: string; signal: AbortSignal; end(result: unknown): void }[] = []
  const serve: Serve = (_from, id, { operation }, signal) =>
    new Promise(end => calls.push({ id, operation, signal, end }))
  return { calls, serve }
}

export function twoComputers(serve: Serve, file = join(tempDir(), 'teleclaude.db')) {
  const mesh = createRequestMesh()
  const macbook = mesh.add('macbook')
  const workstation = mesh.add('workstation', { serve, file })
  macbook.receive()
  workstation.receive()
  const ask = (operation = ONCE, requestId = 'req') =>
    macbook.outgoing.request('workstation', bodyOf(operation), {
      requestId,
      idempotent: operation === IDEMPOTENT,
    })
  /** Kills the daemon there and starts another one. */
  const restart = (next: Serve = serve): RequestComputer => {
    mesh.get('workstation')?.kill()
    const again = mesh.add('workstation', { serve: next, file })
    again.served.answerUnfinished()
    again.receive()
    return again
  }
  return { mesh, macbook, workstation, ask, restart }
}

/** The state of every request that is remembered. */
export function statesIn({ store }: RequestComputer): unknown[] {
  return store.db.prepare('SELECT state FROM mesh_requests ORDER BY number').pluck().all()
}

/** As if `count` requests of a computer had been served there long ago, by another daemon. */
export function remember({ store }: RequestComputer, count: number, origin = 'macbook'): void {
  store.db.exec(
    `INSERT INTO mesh_requests (origin, id, v, secret, not_after, operation, idempotent, state)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     SELECT '${origin}', i, 1, 's', 0, 'session.get', 1, 'sent' FROM n`,
  )
}
