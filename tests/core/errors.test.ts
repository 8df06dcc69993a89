import { expect, it } from 'vitest'
import { errorFromWire, errorToWire, TeleclaudeError, type WireError } from '../../core/errors.ts'

it('crosses a process boundary whole', () => {
  const error = new TeleclaudeError('TC_ERR_BUSY', 'too many', { plugin: 'mcp', hook: 'onInbound' })
  const there = errorFromWire(JSON.parse(JSON.stringify(errorToWire(error))))
  expect(errorToWire(there)).toEqual(errorToWire(error))
})

it.each(['TC_ERR_OF_A_LATER_VERSION', 'constructor', '__proto__'])('takes the code %s for a fault', code => {
  const wire = JSON.parse(JSON.stringify({ code, message: 'm', retryable: false })) as WireError
  expect(errorFromWire(wire)).toMatchObject({ code: 'TC_ERR_INTERNAL', message: `${code}: m` })
})
