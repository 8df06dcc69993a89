import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { coreOperations } from '../../../core/operations/index.ts'
import { CORE_SCOPES, type Principal } from '../../../core/principal.ts'
import { scriptedCore } from '../../support/scripted-core.ts'

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

test('every tool has a description and refuses unknown fields', () => {
  for (const operation of coreOperations.filter(one => one.mcp)) {
    expect(operation.mcp || {}, operation.name).toHaveProperty('description')
    const schema = z.toJSONSchema(operation.input, { io: 'input' }) as { additionalProperties?: boolean }
    expect(schema.additionalProperties, operation.name).toBe(false)
  }
})
