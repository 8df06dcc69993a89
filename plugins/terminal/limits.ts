import { TeleclaudeError, type TerminalLimits } from '../../core/index.ts'
import type { TerminalOptions } from './options.ts'

type LimitOptions = Pick<TerminalOptions, 'maxSessions' | 'idleTimeoutMs' | 'memoryFloorBytes'>

/** What bounds the sessions of this computer, and how much memory there is now. */
export function limitsOf({ maxSessions, idleTimeoutMs, memoryFloorBytes }: LimitOptions): TerminalLimits {
  return {
    maxSessions,
    idleTimeoutMs: idleTimeoutMs ?? null,
    memoryFloorBytes,
    memoryAvailableBytes: availableMemory(),
  }
}

/**
 * @param running how many sessions run or are being started
 * @throws TC_ERR_SESSION_LIMIT, TC_ERR_LOW_MEMORY
 */
export function checkLimits(running: number, { maxSessions, memoryFloorBytes }: LimitOptions): void {
  if (running >= maxSessions) {
    throw new TeleclaudeError(
      'TC_ERR_SESSION_LIMIT',
      `This computer already runs ${maxSessions} sessions, as many as it may. Close one, or raise the terminal plugin's maxSessions.`,
    )
  }
  const available = availableMemory()
  if (available !== null && available < memoryFloorBytes) {
    throw new TeleclaudeError(
      'TC_ERR_LOW_MEMORY',
      `This computer has ${inMiB(available)} of memory left, and starts sessions only above ${inMiB(memoryFloorBytes)}. ` +
        "End something, or lower the terminal plugin's memoryFloorBytes.",
    )
  }
}

/** What programs may still take, within the limits of a container too; null where the system does not tell. */
function availableMemory(): number | null {
  // On macOS, Node gives the pages that nobody has used yet, which are few on a healthy computer.
  return process.platform === 'linux' ? process.availableMemory() : null
}

function inMiB(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`
}
