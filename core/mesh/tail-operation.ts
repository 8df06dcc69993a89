import { z } from 'zod'
import { computerName } from '../config/computer-name.ts'
import { TeleclaudeError } from '../errors.ts'
import { defineOperation } from '../operations/operation.ts'
import { principalName } from '../principal.ts'
import { MeshTailService, TAIL_KINDS, type TailItem } from './tail.ts'

const input = z.strictObject({
  computer: computerName.optional().describe('Only what comes from this computer or goes to it.'),
  kinds: z
    .array(z.enum(TAIL_KINDS))
    .max(TAIL_KINDS.length)
    .optional()
    .describe('Only messages of these kinds.'),
  payload: z.boolean().default(false).describe('What is in them, too; secrets are blacked out.'),
})

const output = z.strictObject({})

export const meshTail = defineOperation<typeof input, typeof output, TailItem>({
  name: 'mesh.tail',
  summary: 'Shows what passes between this computer and others, opened, to the person whose daemon this is.',
  input,
  output,
  scope: 'daemon:admin',
  idempotent: true,
  at: 'here',
  mcp: false,
  cli: false,
  async run({ computer, kinds, payload }, { principal, services, signal, emit }) {
    // Whatever scopes another one was given: what other computers say is nobody else's.
    if (principal.kind !== 'user') {
      const who = principalName(principal)
      throw new TeleclaudeError(
        'TC_ERR_FORBIDDEN',
        `the traffic is shown only to the person at the command line, not to ${who}.`,
      )
    }
    const tail = services.find(MeshTailService)
    if (!tail) {
      throw new TeleclaudeError(
        'TC_ERR_NO_TRANSPORT',
        'this computer is alone: its configuration has no mesh secret. `teleclaude init --mesh` makes one.',
      )
    }
    await tail.follow({ computer, kinds, payload, signal, emit })
    return {}
  },
})
