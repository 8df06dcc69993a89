import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createHookPoints, type HookPoints } from '../../core/host/hook-points.ts'
import { randomId } from '../../core/ids.ts'
import { createMeshStore } from '../../core/mesh/create-mesh-store.ts'
import { createHeart, type Heart, type Membership } from '../../core/mesh/heart.ts'
import { createMeshIdentity, type MeshIdentity } from '../../core/mesh/identity.ts'
import { createMeshSecrets, type MeshSecrets } from '../../core/mesh/mesh-secrets.ts'
import type { MeshStore } from '../../core/mesh/mesh-store.ts'
import { PROTOCOL, type ProtocolRange } from '../../core/mesh/messages.ts'
import type { Allowance } from '../../core/mesh/peer.ts'
import { createPeers, type KnownPeers } from '../../core/mesh/peers.ts'
import { openStore, type Store } from '../../core/store/store.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { capturedLog } from './captured-log.ts'
import type { MemoryCarrier, MemoryLink } from './memory-carrier.ts'
import { tempDir } from './temp-dir.ts'

export const SECRET = 'the secret that all of these computers share'
export const DAY_MS = 86_400_000

export interface ComputerOptions {
  readonly clock?: FakeClock
  readonly secret?: string
  /** Decides its identity; default: its name. */
  readonly key?: string
  /** Its state folder; a fresh one if left out. */
  readonly dir?: string
  readonly protocol?: ProtocolRange
  readonly newPeersAllow?: Allowance
  readonly machineBoot?: string
}

/** What a computer has in the mesh before it carries anything: a heart, and the peers that it knows. */
export interface MeshComputer {
  readonly name: string
  readonly boot: string
  readonly dir: string
  readonly clock: FakeClock
  readonly identity: MeshIdentity
  readonly store: Store
  readonly meshStore: MeshStore
  readonly secrets: MeshSecrets
  readonly peers: KnownPeers
  readonly hookPoints: HookPoints
  readonly heart: Heart
  readonly link: MemoryLink
  readonly memberships: Membership[]
  readonly logged: ReturnType<typeof capturedLog>
  /** Ends it as `kill -9` does. */
  kill(): void
  /** Closes it in order. */
  stop(): Promise<void>
}

/** A computer on the carrier, its database in a real file. Its heart beats only when the test says so. */
export function meshComputer(
  carrier: MemoryCarrier,
  name: string,
  options: ComputerOptions = {},
): MeshComputer {
  const { clock = new FakeClock(), dir = tempDir(), protocol = PROTOCOL } = options
  const logged = capturedLog()
  const { log } = logged
  const boot = randomId(16)
  const store = openStore({ file: join(dir, 'mesh.db'), clock, log })
  const meshStore = createMeshStore(store)
  const secrets = createMeshSecrets({ current: options.secret ?? SECRET, store: meshStore, clock })
  const identity = createMeshIdentity(
    createHash('sha256')
      .update(options.key ?? name)
      .digest(),
  )
  const link = carrier.connect(name, { clock })
  const { presence, transport } = link
  const peers = createPeers({
    self: name,
    store: meshStore,
    secrets,
    protocol,
    newPeersAllow: options.newPeersAllow ?? '*',
    forgetAfterMs: 30 * DAY_MS,
    ttlMs: () => presence.ttlMs,
    clock,
    log,
  })
  const memberships: Membership[] = []
  const hookPoints = createHookPoints({ clock, log })
  const heart = createHeart({
    self: name,
    boot,
    machineBoot: options.machineBoot ?? 'machine-boot',
    protocol,
    identity,
    secrets,
    store: meshStore,
    peers,
    presence,
    transport,
    hookPoints,
    forgetAfterMs: 30 * DAY_MS,
    onMembership: membership => memberships.push(membership),
    clock,
    log,
  })
  const kill = () => {
    link.down('killed')
    store.close()
  }
  onTestFinished(() => store.close())
  return {
    name,
    boot,
    dir,
    clock,
    identity,
    store,
    meshStore,
    secrets,
    peers,
    hookPoints,
    heart,
    link,
    memberships,
    logged,
    kill,
    async stop() {
      await heart.stop()
      kill()
    },
  }
}

/** Has each beat once, and then look again, so that all have seen all. */
export async function meet(...computers: readonly MeshComputer[]): Promise<void> {
  for (const { heart } of computers) await heart.beat()
  for (const { heart } of computers) await heart.refresh(-1)
}
