import type { Command } from './command.ts'
import { createHelp } from './help.ts'
import { cancel, close, key, log, rename, screen } from './in-session.ts'
import { computers, sessions } from './lists.ts'
import { newSession } from './new.ts'

const ALL: readonly Command[] = [newSession, sessions, computers, cancel, key, screen, log, rename, close]

/** Every command, in the order of the menu. */
export const commands: readonly Command[] = [...ALL, createHelp(ALL)]
