import { z } from 'zod'
import { ConfigService, definePlugin, RegistryService, SessionsService } from '../../core/index.ts'
import { computersList } from './computers.ts'
import { thisComputer } from './local-computer.ts'
import { describeProjects, projectsList } from './projects.ts'

/**
 * Knows which computers there are and which project folders each offers, and tells the others of this one.
 *
 * @example plugins: [terminal(), registry(), mcp()]
 */
export const registry = definePlugin({
  name: 'registry',
  summary: 'Lists the computers and their project folders.',
  options: z.strictObject({}),
  provides: [RegistryService],
  operations: [computersList, projectsList],
  setup(ctx) {
    const config = ctx.services.get(ConfigService)
    const sessions = ctx.services.get(SessionsService)
    const local = () => thisComputer(ctx.computer, sessions, ctx.clock.now())

    ctx.provide(RegistryService, { computers: () => [local()] })
    ctx.hooks.onHeartbeat(async beat => {
      const { load, sessions, platform } = local()
      const { digest } = await describeProjects(config)
      Object.assign(beat.facts, { load, sessions, platform, projects_digest: digest })
    })
  },
})

export default registry
