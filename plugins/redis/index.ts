/**
 * Redis: carries sealed messages and the output of watched sessions between computers, and knows which are there.
 *
 * @packageDocumentation
 */
import {
  definePlugin,
  MeshService,
  type PluginContext,
  PresenceService,
  TeleclaudeError,
  TransportService,
} from '../../core/index.ts'
import { redisOptions } from './options.ts'

/**
 * The redis plugin. Provides `transport` and `presence`. It starts without waiting for Redis; while Redis cannot be
 * used, its health and the transport's state say why.
 *
 * @example plugins: [terminal(), redis({ url: env('TELECLAUDE_REDIS_URL') }), registry(), mcp()]
 */
export const redis = definePlugin({
  name: 'redis',
  summary: 'Connects computers through a Redis server that sees only sealed bytes.',
  options: redisOptions,
  provides: [TransportService, PresenceService],
  async checkup(options, look) {
    const { checkRedis } = await import('./checkup.ts')
    return await checkRedis(options, look)
  },
  async setup(ctx, options) {
    requireSecret(ctx)
    const parts = await import('./parts.ts')
    const keys = parts.createKeys(options.prefix)
    const clients = await parts.createClients(options, ctx.computer)
    const { clock, log, computer } = ctx
    const link = parts.createLink({ clients, proofKey: keys.wake(computer), clock, log })
    ctx.onClose(() => link.close())
    link.onState(state => {
      if (!ctx.signal.aborted) ctx.setHealth(state.up ? null : state.problem)
    })
    const transport = parts.createRedisTransport(link, keys, options, { computer, clock, log })
    ctx.onClose(() => transport.close())
    ctx.provide(TransportService, transport)
    ctx.provide(PresenceService, parts.createPresence({ link, keys, options, clock }))
  },
})

export default redis

/** Nothing could be sealed without one. @throws TC_ERR_SECRET */
function requireSecret({ services }: PluginContext): void {
  if (services.get(MeshService).hasSecret) return
  throw new TeleclaudeError(
    'TC_ERR_SECRET',
    "without a secret of the mesh, whoever reaches the Redis could run commands here. `teleclaude init --mesh` makes one; or put one of 32 characters or more into a file and write mesh: { secret: file('path') }",
  )
}
