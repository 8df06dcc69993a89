import { defineOperation, MeshService, RegistryService, z } from '../../core/index.ts'

const bytes = z.int().describe('Bytes.')
const names = z.array(z.string()).readonly()

const computer = z.strictObject({
  name: z.string(),
  status: z.enum(['online', 'offline', 'incompatible', 'refused', 'revoked']),
  self: z.boolean().describe('The computer that was asked.'),
  problem: z.string().nullable().describe('What is wrong with it and what to do about it.'),
  version: z.string().nullable(),
  protocol: z.strictObject({ min: z.int(), max: z.int() }).nullable(),
  platform: z.string().nullable().describe('As Node.js names it: linux, darwin …'),
  capabilities: z
    .strictObject({
      kinds: names.describe('Kinds of session.'),
      shells: names.describe('Shells that tell when a command has ended.'),
      agents: names,
    })
    .nullable(),
  load: z
    .strictObject({
      cpu_1m: z.number().describe('Runnable processes, averaged over a minute.'),
      cores: z.int(),
      memory_total: bytes,
      memory_free: bytes,
    })
    .nullable(),
  sessions: z.strictObject({ running: z.int() }).nullable(),
  clock_skew_ms: z.number().nullable().describe('How far its clock is ahead.'),
  last_seen: z.number().describe('Milliseconds since the Unix epoch.'),
})

/** Who is there is looked up again for a list, if that was done longer ago, in milliseconds. */
const LOOK_AGAIN_MS = 2000

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
      'Give the `name` of one that is online as `computer` to other tools; without one they use the computer marked `self`.',
    annotations: { readOnlyHint: true },
  },
  cli: { words: 'computers' },
  async run(_input, { services }) {
    await services.find(MeshService)?.refresh(LOOK_AGAIN_MS)
    return { computers: [...services.get(RegistryService).computers()] }
  },
})
