import { cpSync } from 'node:fs'
import { beforeEach } from 'vitest'
import { openHeartbeat } from '../../../core/mesh/heartbeat.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import { type ComputerOptions, type MeshComputer, meshComputer } from '../../support/mesh-computer.ts'
import { tempDir } from '../../support/temp-dir.ts'

export const OTHER_SECRET = 'another secret, of somebody else entirely'
export const MINUTE_MS = 60_000

/** Each test begins with a carrier of its own, on which nobody is. */
export let clock: FakeClock
export let carrier: MemoryCarrier
beforeEach(() => {
  clock = new FakeClock()
  carrier = new MemoryCarrier()
})

export const computer = (name: string, options: ComputerOptions = {}) =>
  meshComputer(carrier, name, { clock, ...options })
export const joined = (one: MeshComputer) => one.heart.membership.joined
export const problem = ({ heart }: MeshComputer) => (heart.membership.joined ? '' : heart.membership.problem)
export const online = ({ peers }: MeshComputer) =>
  peers
    .list()
    .filter(({ status }) => status === 'online')
    .map(({ name }) => name)

/** What stands announced under a computer's name. */
export function standing(one: MeshComputer) {
  const { bytes } = carrier.announced.get(one.name) ?? { bytes: new Uint8Array() }
  return openHeartbeat(bytes, one.name, one.secrets.all())?.heartbeat
}

/** A copy of the state folder of a computer, as it is. */
export function copyOf(one: MeshComputer): string {
  const dir = tempDir()
  cpSync(one.dir, dir, { recursive: true })
  return dir
}
