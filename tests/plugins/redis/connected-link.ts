import type { z } from 'zod'
import { type Clock, systemClock } from '../../../core/clock.ts'
import type { CarrierState } from '../../../core/transport.ts'
import { createClients } from '../../../plugins/redis/connection-clients.ts'
import { createLink } from '../../../plugins/redis/connection-link.ts'
import { createKeys } from '../../../plugins/redis/keys.ts'
import { redisOptions } from '../../../plugins/redis/options.ts'
import { capturedLog } from '../../support/captured-log.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

/** A link of the computer `alpha` as the plugin makes it, with what it told and logged. Disposing closes it. */
export async function connectedLink(input: z.input<typeof redisOptions>, clock: Clock = systemClock) {
  const options = redisOptions.parse(input)
  const keys = createKeys(options.prefix)
  const captured = capturedLog()
  const clients = await createClients(options, 'alpha')
  const link = createLink({ clients, proofKey: keys.wake('alpha'), clock, log: captured.log })
  const states: CarrierState[] = []
  link.onState(state => states.push(state))
  const problem = () => (link.state.up ? null : link.state.problem)
  return {
    link,
    keys,
    options,
    states,
    lines: captured.lines,
    up: () => until(() => link.state.up, 'a link that is up'),
    /** Settles when it is down for a reason that says `text`. */
    down: (text: string) => until(() => problem()?.includes(text), `a link that is down: ${text}`),
    [Symbol.asyncDispose]: () => link.close(),
  }
}

/** The names of the connections of this plugin, as the server knows them. */
export async function connections(redis: RedisServer): Promise<readonly string[]> {
  const list = await redis.cli('CLIENT', 'LIST')
  return [...list.matchAll(/ name=(teleclaude:\S+)/g)].map(([, name]) => name ?? '').sort()
}
