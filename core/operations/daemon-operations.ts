import { z } from 'zod'
import { DaemonService, daemonStatusSchema } from '../daemon-service.ts'
import { describeOperation } from './describe.ts'
import { defineOperation } from './operation.ts'

export const daemonStatus = defineOperation({
  name: 'daemon.status',
  summary: 'How this daemon is doing.',
  input: z.strictObject({}),
  output: daemonStatusSchema,
  scope: 'computers:read',
  idempotent: true,
  at: 'here',
  cli: false,
  run: async (_input, call) => call.services.get(DaemonService).status(),
})

export const daemonStop = defineOperation({
  name: 'daemon.stop',
  summary: 'Closes this daemon; sessions go on unless they are to end too.',
  input: z.strictObject({ sessions: z.boolean().default(false).describe('End all sessions first.') }),
  output: z.strictObject({ live_sessions: z.int().describe('How many sessions go on without the daemon.') }),
  scope: 'daemon:admin',
  idempotent: false,
  at: 'here',
  cli: false,
  run: async ({ sessions }, call) => ({
    live_sessions: await call.services.get(DaemonService).stop({ sessions }),
  }),
})

export const operationsList = defineOperation({
  name: 'operations.list',
  summary: 'Every operation that this daemon offers, with its schemas.',
  input: z.strictObject({}),
  output: z.strictObject({ operations: z.array(z.looseObject({ name: z.string() })) }),
  scope: 'computers:read',
  idempotent: true,
  at: 'here',
  cli: false,
  run: async (_input, call) => ({
    operations: call.services
      .get(DaemonService)
      .operations()
      .map(operation => ({ ...describeOperation(operation) })),
  }),
})
