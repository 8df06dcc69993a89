import { z } from 'zod'
import { defineOperation, RegistryService } from '../../core/index.ts'

const bytes = z.int().describe('Bytes.')

const computer = z.strictObject({
  name: z.string(),
  status: z.enum(['online', 'offline']),
  self: z.boolean().describe('The computer that was asked.'),
  version: z.string(),
  platform: z.string().describe('As Node.js names it: linux, darwin …'),
  load: z.strictObject({
    cpu_1m: z.number().describe('Runnable processes, averaged over a minute.'),
    cores: z.int(),
    memory_total: bytes,
    memory_free: bytes,
  }),
  sessions: z.strictObject({ running: z.int() }),
  last_seen: z.number().describe('Milliseconds since the Unix epoch.'),
})

export const computersList = defineOperation({
  name: 'computers.list',
  summary: 'Lists the computers, with their status, load and running sessions.',
  input: z.strictObject({}),
  output: z.strictObject({ computers: z.array(computer) }),
  scope: 'computers:read',
  idempotent: true,
  at: 'here',
  mcp: {
    name: 'teleclaude__list_computers',
    description:
      'List the computers on which sessions can be started: status, load, running sessions. ' +
      'Give a `name` as `computer` to other tools; without one they use the computer marked `self`.',
    annotations: { readOnlyHint: true },
  },
  cli: { words: 'computers' },
  run: async (_input, call) => ({ computers: [...call.services.get(RegistryService).computers()] }),
})
