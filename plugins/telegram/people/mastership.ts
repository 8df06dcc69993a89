import { MeshService, type Peer, type PluginContext } from '../../../core/index.ts'
import type { Group } from '../group.ts'
import type { Health } from '../health.ts'
import type { TelegramOptions } from '../options.ts'

/** Which of the computers of one group answers outside the topics of sessions. */
export interface Mastership {
  /** Whether it is this one. */
  readonly isOurs: boolean
}

export interface MastershipParts {
  readonly ctx: PluginContext
  readonly options: Pick<TelegramOptions, 'master'>
  readonly group: Pick<Group, 'id'>
  readonly health: Health
}

/**
 * Of several computers that are configured as the master, the first by name is, as far as they see each other: two that
 * answer would both start what somebody asks for once.
 */
export function createMastership({ ctx, options, group, health }: MastershipParts): Mastership {
  const mesh = ctx.services.get(MeshService)
  const isBefore = ({ name, status, heartbeat }: Peer) =>
    status === 'online' && name < ctx.computer && heartbeat?.facts.telegram_master === group.id
  const master = () => (options.master ? mesh.peers().find(isBefore) : undefined)
  const look = () => {
    const other = master()
    health.set('master', other ? problemOf(other) : null)
  }
  if (options.master) {
    ctx.hooks.onHeartbeat(({ facts }) => {
      facts.telegram_master = group.id
    })
    const watching = mesh.onPeer(look)
    ctx.onReady(look)
    ctx.onClose(() => watching[Symbol.dispose]())
  }
  return {
    get isOurs() {
      return options.master && master() === undefined
    },
  }
}

function problemOf({ name }: Peer): string {
  return `${name} is the master of the group too, so this computer answers only in topics of sessions. Write master: false into its configuration.`
}
