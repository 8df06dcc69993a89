import { z } from 'zod'
import { BACKENDS } from './backends.ts'

/** The options of the terminal plugin. */
export const terminalOptions = z.strictObject({
  maxSessions: z
    .int()
    .min(1)
    .max(1000)
    .default(64)
    .describe('How many sessions may run on this computer at once.'),
  idleTimeoutMs: z
    .int()
    .min(1000)
    .max(2 ** 31 - 1)
    .optional()
    .describe('Ends sessions in which nothing was typed or printed for so long. Default: never.'),
  memoryFloorBytes: z
    .int()
    .min(0)
    .default(128 * 1024 * 1024)
    .describe('No session is started while less memory than this is available on the computer. Linux only.'),
  backend: z
    .enum(BACKENDS)
    .default('pty')
    .describe("What runs terminals: 'pty', or 'tmux', which people can attach to."),
  tmuxProgram: z
    .string()
    .startsWith('/')
    .optional()
    .describe('The path of tmux, 3.2 or newer. Default: the one on your PATH.'),
  tmuxConfig: z
    .string()
    .min(1)
    .optional()
    .describe("Settings of your own for those who attach, e.g. '~/.tmux.conf'. Default: none."),
  tmuxWindowSize: z
    .enum(['smallest', 'latest'])
    .default('smallest')
    .describe('Whose window gives a terminal in tmux its size when several are attached.'),
  highWaterBytes: z
    .int()
    .min(16 * 1024)
    .max(16 * 1024 * 1024)
    .default(256 * 1024)
    .describe('Output not yet in the journal above which a program waits, while the daemon runs.'),
  ringBytes: z
    .int()
    .min(64 * 1024)
    .max(256 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe('Output kept of each session while no daemon runs.'),
  pauseMs: z
    .int()
    .min(0)
    .max(24 * 3600 * 1000)
    .default(30_000)
    .describe('How long a program is made to wait when nobody takes its output, before the oldest is lost.'),
})

export type TerminalOptions = z.output<typeof terminalOptions>

/** The plugin's options, and what the configuration says of shells. */
export type TerminalSettings = TerminalOptions & { readonly defaultShell?: string | undefined }
