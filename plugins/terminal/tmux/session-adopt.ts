import { isAbsolute } from 'node:path'
import { defineOperation, type Principal, SessionsService, TeleclaudeError, z } from '../../../core/index.ts'
import type { ExistingPane } from './existing.ts'

/** How much of a target is a title that people can read. */
const MAX_TITLE = 100

/** Takes over a pane of the person's own tmux server as a session. */
export const sessionAdopt = defineOperation({
  name: 'session.adopt',
  summary: 'Makes a session of a tmux pane that is there already; closing it leaves the pane as it is.',
  input: z.strictObject({
    tmux: z.string().min(1).max(200).describe("The pane, as tmux names one: '%3', 'work', 'work:1.0' …"),
    socket: z
      .string()
      .max(4096)
      .refine(isAbsolute, 'an absolute path')
      .optional()
      .describe('The socket of the tmux server. Default: that of `tmux` without further words.'),
    title: z.string().trim().min(1).max(200).optional().describe('What people will know it by.'),
  }),
  output: z.strictObject({ session_id: z.string(), attach_with: z.string() }),
  scope: 'sessions:start',
  idempotent: false,
  at: 'here',
  mcp: false,
  cli: { words: 'session adopt' },
  async run({ tmux, socket, title }, call) {
    checkIsPerson(call.principal)
    // Where no socket is named, it is the one that the person's own environment says.
    const existing: ExistingPane = { target: tmux, ...(socket !== undefined && { socket }) }
    const session = await call.services.get(SessionsService).start({
      title: title ?? `tmux ${tmux.slice(0, MAX_TITLE)}`,
      originAdapter: call.surface,
      backend: 'tmux',
      existing,
    })
    return { session_id: session.id, attach_with: session.terminal.attachWith ?? '' }
  },
})

/** What runs in the person's own terminals is nobody else's to take. */
function checkIsPerson(principal: Principal): void {
  if (principal.kind === 'user') return
  throw new TeleclaudeError(
    'TC_ERR_FORBIDDEN',
    'Only the person at this computer may make a session of a terminal that is there already.',
  )
}
