import {
  type ClientCallOptions,
  type DaemonClient,
  isTeleclaudeError,
  TeleclaudeError,
} from '../../core/index.ts'

/** Under the 4 MiB of the control socket, which hangs up on a longer message and with it on every other call. */
const MAX_INPUT_BYTES = 4_000_000

/** The calls that the server makes to the daemon, which may be away now and back a moment later. */
export interface DaemonLink {
  call<T = unknown>(operation: string, input: unknown, options?: ClientCallOptions): Promise<T>
  /** Whether a call has found no daemon since this was last {@link settle}d. */
  readonly wasDown: boolean
  settle(): void
}

/**
 * Notices when the daemon is away and, where `startDaemon` is given, brings it up and asks once more. Only a retryable
 * TC_ERR_NOT_RUNNING says that nothing reached a daemon, so that nothing can happen twice.
 */
export function createDaemonLink(client: DaemonClient, startDaemon?: () => Promise<void>): DaemonLink {
  let down = false
  return {
    get wasDown() {
      return down
    },
    settle() {
      down = false
    },
    async call<T>(operation: string, input: unknown, options?: ClientCallOptions) {
      checkSize(input)
      try {
        return await client.call<T>(operation, input, options)
      } catch (error) {
        if (!isTeleclaudeError(error, 'TC_ERR_NOT_RUNNING')) throw error
        down = true
        if (!startDaemon || !error.retryable) throw error
        await startDaemon()
        return client.call<T>(operation, input, options)
      }
    },
  }
}

function checkSize(input: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(input))
  if (bytes <= MAX_INPUT_BYTES) return
  throw new TeleclaudeError(
    'TC_ERR_MESSAGE_TOO_LARGE',
    `the arguments are ${bytes} bytes long; at most ${MAX_INPUT_BYTES} can be passed on. Send less at once.`,
  )
}
