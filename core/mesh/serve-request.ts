import type { OperationBus } from '../operations/bus.ts'
import type { InvokeOptions } from '../operations/operation.ts'
import type { Principal } from '../principal.ts'
import type { Outlets } from './outlets.ts'
import type { Peers } from './peers.ts'
import { onlyForReaders } from './reading-right.ts'
import { serveWatch } from './serve-watch.ts'
import type { Serve } from './served-requests.ts'

export interface ServeParts {
  readonly bus: Pick<OperationBus, 'serve'>
  readonly peers: Pick<Peers, 'find'>
  readonly outlets: Pick<Outlets, 'subscribe' | 'renew' | 'release'>
  /** The largest message that the transport carries. */
  readonly maxMessageBytes: number
}

/** Does what other computers ask, with the scopes that they have here. */
export function createServe({ bus, peers, maxMessageBytes, ...parts }: ServeParts): Serve {
  const outlets = onlyForReaders(parts.outlets, peers)
  return async (from, requestId, body, signal) => {
    const principal: Principal = {
      kind: 'peer',
      computer: from,
      caller: body.caller,
      scopes: peers.find(from)?.allow ?? [],
    }
    const caller = { principal, surface: body.surface, requestId }
    if (body.operation !== 'session.watch')
      return await bus.serve(body.operation, body.input, caller, { signal, alsoNeeds: body.needs ?? [] })
    const serve = (input: unknown, options: InvokeOptions) =>
      bus.serve('session.watch', input, caller, options)
    return await serveWatch({ serve, outlets, maxMessageBytes }, from, body, signal)
  }
}
