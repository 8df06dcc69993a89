import { expect, test } from 'vitest'
import { z } from 'zod'
import type { AuditRecord } from '../../../core/audit.ts'
import type { Services } from '../../../core/host/service.ts'
import { createLogger } from '../../../core/log.ts'
import type { RemoteRequest } from '../../../core/mesh/remote.ts'
import { defineOperation } from '../../../core/operations/operation.ts'
import { createOperationBus } from '../../../core/operations/operation-bus.ts'
import type { Principal, Scope } from '../../../core/principal.ts'
import { FakeClock } from '../../../core/testing/fake-clock.ts'

const input = z.strictObject({ computer: z.string().optional(), text: z.string().default('') })

function busOf() {
  const done: string[] = []
  const audited: AuditRecord[] = []
  const asked: RemoteRequest[] = []
  const clock = new FakeClock()
  const bus = createOperationBus({
    computer: 'alpha',
    clock,
    services: { find: () => undefined, get: () => undefined } as unknown as Services, // none is asked for
    log: createLogger({ level: 'silent' }),
    audit: record => audited.push(record),
    remote: {
      async request(_computer, request) {
        asked.push(request)
      },
      locate: () => undefined,
    },
  })
  const shared = { summary: 'For a test.', input, output: z.unknown(), idempotent: false }
  bus.add(
    defineOperation({
      ...shared,
      name: 'thing.type',
      scope: 'things:type',
      at: 'owner',
      run: async ({ text }) => done.push(text),
    }),
  )
  bus.add(
    defineOperation({
      ...shared,
      name: 'thing.send',
      scope: 'things:type',
      alsoNeeds: ['things:read'],
      at: 'here',
      run: (request, call) => call.invoke('thing.type', request),
    }),
  )
  const peer = (...scopes: Scope[]): Principal => ({ kind: 'peer', computer: 'beta', scopes })
  const serve = (name: string, input: unknown, principal: Principal, alsoNeeds: readonly Scope[] = []) =>
    bus.serve(name, input, { principal, surface: 'test', requestId: 'r' }, { alsoNeeds })
  return { bus, clock, done, audited, asked, peer, serve }
}

test('what another computer may ask is done, and written down', async () => {
  const { done, audited, peer, serve } = busOf()
  await serve('thing.type', { text: 'one' }, peer('things:type'))
  await serve('thing.type', { text: 'two', computer: 'alpha' }, peer('things:type'))
  expect(done).toEqual(['one', 'two'])
  expect(audited).toMatchObject([
    { operation: 'thing.type', allowed: true, computer: undefined },
    { operation: 'thing.type', allowed: true, computer: 'alpha' },
  ])
})

test.each([
  ['what lacks a scope', 'thing.type', {}, [], /'things:type'/],
  ['what runs here only', 'thing.send', {}, ['things:type', 'things:read'], /not done by 'alpha' for other/],
  [
    'what belongs to a third one',
    'thing.type',
    { computer: 'gamma' },
    ['things:type'],
    /not done by 'alpha'/,
  ],
  ['what names no computer', 'thing.type', { computer: 7 }, ['things:type'], /not done by 'alpha'/],
  ['what is no input, without the scope', 'thing.type', 'x', [], /'things:type'/],
])(
  '%s is refused to another computer, and written down as refused',
  async (_, name, input, scopes, message) => {
    const { done, audited, peer, serve } = busOf()
    await expect(serve(name, input, peer(...scopes))).rejects.toMatchObject({
      code: 'TC_ERR_FORBIDDEN',
      message: expect.stringMatching(message),
    })
    expect(audited).toMatchObject([{ operation: name, allowed: false }])
    expect(done).toEqual([])
  },
)

test('an operation that there is not is written down, legibly, once a minute', async () => {
  const { clock, audited, peer, serve, bus } = busOf()
  const ask = async (name: string, caller?: string) => {
    const principal = { ...peer(), caller } as Principal
    await expect(serve(name, { session_id: 'aaa' }, principal)).rejects.toThrow(/no operation/)
  }
  for (let n = 0; n < 50; n++) await ask('thing.fly', `user:${n}`)
  await expect(
    bus.call('thing.fly', {}, { principal: { kind: 'user', name: 'ada', scopes: '*' }, surface: 'cli' }),
  ).rejects.toThrow(/no operation/)
  await ask(`\u001b[31m\u202e${'x'.repeat(1000)}`)
  expect(audited).toMatchObject([
    { operation: 'thing.fly', principal: { kind: 'peer' }, session: 'aaa', allowed: false },
    { operation: 'thing.fly', principal: { kind: 'user' }, allowed: false },
    { operation: `\\u001b[31m\\u202e${'x'.repeat(54)}`, allowed: false },
  ])
  await clock.advance(60_000)
  await ask('thing.fly')
  expect(audited).toHaveLength(4)
})

test('whoever makes up names of operations does not fill the log', async () => {
  const { audited, bus, peer } = busOf()
  const caller = { principal: peer(), surface: 'test', requestId: 'r' }
  for (let n = 0; n < 1000; n++) bus.noteRefused(`thing.${n}`, {}, caller)
  expect(audited).toHaveLength(20)
})

test('what is only the beginning of more is not begun by whoever may not do the rest', async () => {
  const { bus, done, audited, asked, peer, serve } = busOf()
  const user: Principal = { kind: 'user', name: 'ada', scopes: '*' }
  await bus.call('thing.send', { computer: 'gamma', text: 'x' }, { principal: user, surface: 'test' })
  await bus.call('thing.type', { computer: 'gamma', text: 'x' }, { principal: user, surface: 'test' })
  expect(asked).toMatchObject([
    { operation: { name: 'thing.type' }, alsoNeeds: ['things:read'] },
    { operation: { name: 'thing.type' }, alsoNeeds: [] },
  ])
  audited.length = 0
  await expect(
    serve('thing.type', { text: 'x' }, peer('things:type'), ['things:read']),
  ).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN', message: expect.stringContaining("'things:read'") })
  expect(done).toEqual([])
  expect(audited).toMatchObject([{ allowed: false }])
  await serve('thing.type', { text: 'x' }, peer('things:type', 'things:read'), ['things:read'])
  expect(done).toEqual(['x'])
})
