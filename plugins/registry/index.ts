import {
  ConfigService,
  definePlugin,
  MeshService,
  RegistryService,
  SessionsService,
  TerminalsService,
  TransportService,
  z,
} from '../../core/index.ts'
import { computersList } from './computers.ts'
import { thisComputer } from './local-computer.ts'
import { peerComputer } from './peer-computer.ts'
import { createPeerProjects, PeerProjectsService } from './peer-projects.ts'
import { describeProjects, projectsDescribe, projectsList } from './projects.ts'

/**
 * Knows which computers there are and which project folders each offers, and tells the others of this one.
 *
 * @example plugins: [terminal(), registry(), mcp()]
 */
export const registry = definePlugin({
  name: 'registry',
  summary: 'Lists the computers and their project folders.',
  options: z.strictObject({}),
  optional: [TerminalsService, TransportService],
  provides: [RegistryService, PeerProjectsService],
  operations: [computersList, projectsList, projectsDescribe],
  setup(ctx) {
    const { services, clock } = ctx
    const config = services.get(ConfigService)
    const mesh = services.get(MeshService)
    const sessions = services.get(SessionsService)
    const terminals = services.find(TerminalsService)
    const transport = services.find(TransportService)
    const local = () => thisComputer({ name: ctx.computer, sessions, terminals, mesh, transport, clock })

    ctx.provide(RegistryService, { computers: () => [local(), ...mesh.peers().map(peerComputer)] })
    ctx.provide(PeerProjectsService, createPeerProjects({ mesh, clock }))
    ctx.hooks.onHeartbeat(async beat => {
      const { load, sessions, platform, capabilities } = local()
      const { digest } = await describeProjects(config)
      Object.assign(beat.facts, { load, sessions, platform, capabilities, projects_digest: digest })
    })
  },
})

export default registry
