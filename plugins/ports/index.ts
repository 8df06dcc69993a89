/**
 * Ports: lets other computers reach ports of this one's loopback.
 *
 * @packageDocumentation
 */
import { definePlugin } from '../../core/index.ts'
import { createFarConnections } from './far/far-connections.ts'
import {
  PortsService,
  portsCheck,
  portsClose,
  portsForward,
  portsOpen,
  portsReceive,
  portsSend,
} from './operations.ts'
import { portsOptions } from './options.ts'

/**
 * The ports plugin.
 *
 * @example plugins: [terminal(), redis({ url }), ports({ allow: [3000, '8000-8999'] })]
 */
export const ports = definePlugin({
  name: 'ports',
  summary: "Reaches ports of another computer's loopback.",
  options: portsOptions,
  provides: [PortsService],
  operations: [portsCheck, portsOpen, portsSend, portsReceive, portsClose, portsForward],
  cli: [
    {
      words: 'forward',
      summary: "Make a port of another computer's loopback one of this computer's.",
      load: async () => (await import('./near/forward.ts')).forward,
    },
  ],
  setup(ctx, options) {
    const connections = createFarConnections(ctx.clock, options)
    ctx.onClose(() => connections.closeAll())
    ctx.provide(PortsService, connections)
  },
})

export default ports
