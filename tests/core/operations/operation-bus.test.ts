import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { coreOperations } from '../../../core/operations/index.ts'
import { CORE_SCOPES, type Principal } from '../../../core/principal.ts'
import { scriptedCore, user } from '../../support/scripted-core.ts'

const reader: Principal = { kind: 'session', sessionId: 's', scopes: ['sessions:read'] }

describe('scopes', () => {
  test('a caller without the scope is refused, and the audit log has it', async () => {
    const core = scriptedCore()
    await expect(core.call('session.start', { title: 't' }, { principal: reader })).rejects.toMatchObject({
      code: 'TC_ERR_FORBIDDEN',
      message: expect.stringContaining('sessions:start'),
    })
    expect(core.audited).toMatchObject([{ operation: 'session.start', allowed: false, principal: reader }])
  })

  test('an operation composed of others needs the scopes of those too, before it does anything', async () => {
    const core = scriptedCore()
    const session = await core.start()
    const typist: Principal = { kind: 'token', name: 't', scopes: ['sessions:input'] }
    await expect(
      core.call('session.send', { session_id: session.id, message: 'x' }, { principal: typist }),
    ).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN', message: expect.stringContaining('sessions:read') })
    expect(core.typed).toEqual([])
    expect(core.audited).toMatchObject([{ operation: 'session.send', allowed: false }])
  })

  test('every core operation needs a core scope', () => {
    for (const { scope } of coreOperations) expect(CORE_SCOPES).toContain(scope)
  })
})

test('what is asked for another computer fails clearly while nothing connects it', async () => {
  const core = scriptedCore()
  const asked = core.call('session.start', { title: 't', computer: 'beta' })
  await expect(asked).rejects.toMatchObject({
    code: 'TC_ERR_NO_TRANSPORT',
    message: expect.stringContaining("'beta'"),
  })
})

test('all problems of an input are named at once', async () => {
  const core = scriptedCore()
  const asked = core.call('session.start', { title: '', cols: 0, hello: true })
  await expect(asked).rejects.toMatchObject({
    code: 'TC_ERR_INVALID_INPUT',
    message: expect.stringMatching(/title.*cols.*hello/s),
  })
})

test('an unknown operation is named', async () => {
  await expect(scriptedCore().call('session.fly', {})).rejects.toMatchObject({
    code: 'TC_ERR_UNKNOWN_OPERATION',
  })
})

test('the audit log has who, what and which session, but nothing of what was typed', async () => {
  const core = scriptedCore()
  const session = await core.start()
  await core.call('session.input', { session_id: session.id, text: 'my secret' })
  expect(core.audited).toMatchObject([
    { operation: 'session.input', session: session.id, surface: 'test', allowed: true },
  ])
  expect(JSON.stringify(core.audited)).not.toContain('secret')
})

test('what a plugin reads over and over has one line, what it changes and what others read has each its own', async () => {
  const core = scriptedCore()
  const { id: session_id } = await core.start()
  const asked = async (principal: Principal) => {
    for (let n = 0; n < 3; n++) {
      await core.call('session.get', { session_id }, { principal })
      await core.call('session.notify', { session_id, text: 'x' }, { principal })
    }
    return core.audited.splice(0).map(({ operation }) => operation.replace('session.', ''))
  }
  const three = ['get', 'notify', 'get', 'notify', 'get', 'notify']
  const scopes = ['sessions:read', 'messages:send']
  expect(await asked({ kind: 'plugin', name: 'chat', scopes })).toEqual(
    three.slice(0, 2).concat('notify', 'notify'),
  )
  expect(await asked({ kind: 'peer', computer: 'beta', caller: 'plugin:chat', scopes })).toEqual(
    three.slice(0, 2).concat('notify', 'notify'),
  )
  expect(await asked({ kind: 'peer', computer: 'beta', scopes })).toEqual(three)
  expect(await asked(user)).toEqual(three)
})

test('a plugin that may not read is written down each time', async () => {
  const core = scriptedCore()
  const { id: session_id } = await core.start()
  const principal: Principal = { kind: 'plugin', name: 'chat', scopes: [] }
  for (let n = 0; n < 3; n++) await core.call('session.get', { session_id }, { principal }).catch(() => {})
  expect(core.audited.map(({ allowed }) => allowed)).toEqual([false, false, false])
})

test('every tool has a description and refuses unknown fields', () => {
  for (const operation of coreOperations.filter(one => one.mcp)) {
    expect(operation.mcp || {}, operation.name).toHaveProperty('description')
    const schema = z.toJSONSchema(operation.input, { io: 'input' }) as { additionalProperties?: boolean }
    expect(schema.additionalProperties, operation.name).toBe(false)
  }
})
