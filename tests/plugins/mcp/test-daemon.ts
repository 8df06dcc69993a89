import { pino } from 'pino'
import { z } from 'zod'
import { systemClock } from '../../../core/clock.ts'
import { type ControlServer, startControlServer } from '../../../core/control/server.ts'
import { TeleclaudeError } from '../../../core/errors.ts'
import { createAlone } from '../../../core/mesh/remote.ts'
import { describeOperation } from '../../../core/operations/describe.ts'
import { type AnyOperation, defineOperation } from '../../../core/operations/operation.ts'
import { createOperationBus } from '../../../core/operations/operation-bus.ts'

const common = { scope: 'sessions:read', idempotent: true, at: 'here', cli: false } as const

const count = defineOperation<z.ZodObject<{ to: z.ZodInt }>, z.ZodObject, { text: string }>({
  ...common,
  name: 'test.count',
  summary: 'Counts.',
  input: z.strictObject({ to: z.int().describe('How far.') }),
  output: z.strictObject({ output: z.string(), complete: z.boolean(), dropped: z.null() }),
  mcp: { name: 'teleclaude__count', annotations: { readOnlyHint: true } },
  async run({ to }, call) {
    let output = ''
    for (let n = 1; n <= to; n++) {
      output += `${n}\n`
      await call.emit({ text: `${n}\n` })
    }
    return { output, complete: true, dropped: null }
  },
})

const list = defineOperation({
  ...common,
  name: 'test.list',
  summary: 'Lists things.',
  input: z.strictObject({}),
  output: z.strictObject({ things: z.array(z.string()) }),
  mcp: { name: 'teleclaude__list', description: 'Lists all the things.' },
  run: async () => ({ things: ['a', 'b'] }),
})

const fail = defineOperation({
  ...common,
  name: 'test.fail',
  summary: 'Fails.',
  input: z.strictObject({}),
  output: z.strictObject({}),
  mcp: { name: 'teleclaude__fail' },
  run: async () => {
    throw new TeleclaudeError('TC_ERR_SESSION_CLOSED', 'session x has ended. Start another.')
  },
})

/** Waits until its caller goes; `onHang` and `onAbort` tell a test. */
export const hanging = { calls: 0, aborted: 0 }
const hang = defineOperation({
  ...common,
  name: 'test.hang',
  summary: 'Hangs.',
  input: z.strictObject({}),
  output: z.strictObject({}),
  mcp: { name: 'teleclaude__hang' },
  run: (_, { signal }) => {
    hanging.calls++
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        hanging.aborted++
        reject(signal.reason)
      })
    })
  },
})

const secret = defineOperation({
  ...common,
  name: 'test.secret',
  summary: 'Is no tool.',
  input: z.strictObject({}),
  output: z.strictObject({}),
  run: async () => ({}),
})

export const testOperations: readonly AnyOperation[] = [count, list, fail, hang, secret]

/** An operation that only newer daemons have. */
export const novelty = defineOperation({
  ...common,
  name: 'test.novelty',
  summary: 'Is new.',
  input: z.strictObject({}),
  output: z.strictObject({ new: z.boolean() }),
  mcp: { name: 'teleclaude__novelty' },
  run: async () => ({ new: true }),
})

/** A control socket with the real server and the real bus in front of the test operations. */
export function startTestDaemon(
  socketPath: string,
  operations: readonly AnyOperation[] = testOperations,
): Promise<ControlServer> {
  const bus = createOperationBus({
    computer: 'alpha',
    clock: systemClock,
    services: { get: () => undefined as never, find: () => undefined },
    audit: () => {},
    log: pino({ level: 'silent' }),
    remote: createAlone('alpha'),
  })
  for (const operation of operations) bus.add(operation)
  bus.add(listOf(bus.list()))
  return startControlServer({
    socketPath,
    bus,
    authenticate: () => ({ kind: 'user', name: 'ada', scopes: '*' }),
    clock: systemClock,
    log: pino({ level: 'silent' }),
  })
}

function listOf(operations: readonly AnyOperation[]): AnyOperation {
  return defineOperation({
    ...common,
    name: 'operations.list',
    summary: 'Lists the operations.',
    input: z.strictObject({}),
    output: z.looseObject({}),
    run: async () => ({ operations: operations.map(describeOperation) }),
  })
}
