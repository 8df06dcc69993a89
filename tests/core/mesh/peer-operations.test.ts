import { beforeEach, expect, test } from 'vitest'
import type { Cli } from '../../../core/cli/context.ts'
import { renderResult } from '../../../core/cli/render/index.ts'
import type { ServiceKey, Services } from '../../../core/host/service.ts'
import { MeshService } from '../../../core/mesh/mesh.ts'
import {
  peersLimit,
  peersList,
  peersReplace,
  peersRevoke,
  peersTrust,
} from '../../../core/mesh/peer-operations.ts'
import { PeersService } from '../../../core/mesh/peers.ts'
import { createAlone } from '../../../core/mesh/remote.ts'
import { createOperationBus } from '../../../core/operations/operation-bus.ts'
import type { Principal } from '../../../core/principal.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { MemoryCarrier } from '../../support/memory-carrier.ts'
import { type MeshComputer, meet, meshComputer } from '../../support/mesh-computer.ts'

const ada: Principal = { kind: 'user', name: 'ada', scopes: '*' }

let carrier: MemoryCarrier
let clock: FakeClock
let alpha: MeshComputer
let beta: MeshComputer
beforeEach(async () => {
  clock = new FakeClock()
  carrier = new MemoryCarrier()
  alpha = meshComputer(carrier, 'alpha', { clock })
  beta = meshComputer(carrier, 'beta', { clock })
  await meet(alpha, beta)
})

function busOf({ name, peers, heart, identity }: MeshComputer, hasMesh = true) {
  const provided = new Map<string, unknown>([
    [PeersService.name, peers],
    [MeshService.name, { fingerprint: identity.fingerprint, refresh: heart.refresh }],
  ])
  const services: Services = {
    // Each key is set above with a service of its type.
    find: <T>(key: ServiceKey<T>) => (hasMesh ? (provided.get(key.name) as T) : undefined),
    get: <T>(key: ServiceKey<T>) => provided.get(key.name) as T,
  }
  const bus = createOperationBus({
    computer: name,
    clock,
    services,
    log: capturedLog().log,
    audit: () => {},
    remote: createAlone(name),
  })
  for (const operation of [peersList, peersTrust, peersLimit, peersRevoke, peersReplace]) bus.add(operation)
  return (operation: string, input: unknown, principal = ada) =>
    bus.call<Record<string, unknown>>(operation, input, { principal, surface: 'test' })
}

/** As people see it on a wide pipe. */
function rendered(operation: string, result: unknown): string {
  const printer = { style: (_style: string, text: string) => text, stdout: {}, isTerminal: false, clock }
  return renderResult(operation, result, printer as unknown as Cli) // all that rendering needs of it
}

test('the list is fresh, and has what a person compares', async () => {
  const call = busOf(alpha)
  await clock.advance(60_000)
  await beta.heart.beat()
  await clock.advance(5000)
  alpha.peers.noteSkew('beta', -1234, 10)
  const result = await call('peers.list', {})
  expect(result).toMatchObject({
    fingerprint: alpha.identity.fingerprint,
    strangers: 0,
    peers: [{ name: 'beta', status: 'online', allow: '*', fingerprint: beta.identity.fingerprint }],
  })
  const text = rendered('peers.list', result)
  expect(text).toContain(`This computer's key is ${alpha.identity.fingerprint}`)
  expect(text).toMatch(/^beta +online +everything +0 s ago +1\.2 s behind +SHA256:/m)
})

test('a computer is limited, trusted and revoked, and revoking says what else to do', async () => {
  const call = busOf(alpha)
  const limited = await call('peers.limit', { peer: 'beta', scopes: ['sessions:read', 'computers:read'] })
  expect(limited).toMatchObject({ allow: ['sessions:read', 'computers:read'] })
  expect(rendered('peers.limit', limited)).toContain('sessions:read, computers:read')
  expect(await call('peers.trust', { peer: 'beta' })).toMatchObject({ allow: '*' })
  expect(await call('peers.limit', { peer: 'beta', scopes: ['*'] })).toMatchObject({ allow: '*' })
  const revoked = await call('peers.revoke', { peer: 'beta' })
  expect(revoked).toMatchObject({ status: 'revoked' })
  expect(rendered('peers.revoke', revoked)).toContain('teleclaude mesh rotate')
  expect(alpha.peers.find('beta')?.status).toBe('revoked')
})

test('a changed key is taken by the fingerprint that its owner shows, and by no other', async () => {
  beta.kill()
  await clock.advance(60_000)
  const reinstalled = meshComputer(carrier, 'beta', { clock, key: 'another' })
  await reinstalled.heart.beat()
  const call = busOf(alpha)
  expect(rendered('peers.list', await call('peers.list', {}))).toMatch(
    /\nbeta: It announces itself with another key/,
  )
  const own = (await busOf(reinstalled)('peers.list', {})).fingerprint
  const wrong = call('peers.replace', { peer: 'beta', fingerprint: beta.identity.fingerprint })
  await expect(wrong).rejects.toMatchObject({
    code: 'TC_ERR_INVALID_INPUT',
    message: expect.stringContaining(String(own)),
  })
  expect(await call('peers.replace', { peer: 'beta', fingerprint: own })).toMatchObject({ status: 'online' })
})

test('only an administrator changes what others may do, and nobody from another computer', async () => {
  const call = busOf(alpha)
  const reader: Principal = { kind: 'session', sessionId: 's', scopes: ['computers:read'] }
  await call('peers.list', {}, reader)
  await expect(call('peers.trust', { peer: 'beta' }, reader)).rejects.toThrow(/daemon:admin/)
  for (const operation of [peersList, peersTrust, peersLimit, peersRevoke, peersReplace])
    expect(operation).toMatchObject({ at: 'here', mcp: false })
})

test('without a secret, it says how to have one', async () => {
  await expect(busOf(alpha, false)('peers.list', {})).rejects.toThrow(/teleclaude init --mesh/)
})

test('names of computers are printed with their control characters shown', () => {
  const peer = {
    name: 'b\u001b',
    status: 'offline',
    problem: '\u001b[2J',
    allow: ['a\u0007'],
    fingerprint: 'x',
    last_seen: 0,
  }
  expect(rendered('peers.list', { fingerprint: null, peers: [peer], strangers: 3 })).not.toMatch(
    /[\u001b\u0007]/,
  )
})
