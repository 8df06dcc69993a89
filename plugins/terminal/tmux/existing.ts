import { z } from 'zod'
import type { AdoptRequest } from '../host/protocol.ts'
import type { Environment } from '../shell/login-environment.ts'
import { defaultSocket } from './find-tmux.ts'

/** A pane that is to become a session, as `session.adopt` hands it through core. */
export const existingPane = z.strictObject({ socket: z.string().optional(), target: z.string() })

export type ExistingPane = z.output<typeof existingPane>

/** The pane, as the terminal host is asked for it. */
export function paneToAdopt(existing: unknown, program: string, login: Environment): AdoptRequest['tmux'] {
  // Written by the operation, a moment ago.
  const { target, socket = defaultSocket(login) } = existingPane.parse(existing)
  return { program, target, socket }
}
