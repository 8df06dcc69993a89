/** What Telegram takes from bots: https://core.telegram.org/bots/api#sending-files */
export const MAX_UPLOAD_BYTES = 50_000_000

/** A file takes as long as at 50 KB a second, as over a bad mobile line, and what any call may take besides. */
const SLOWEST_BYTES_PER_MS = 50
const UPLOAD_BASE_MS = 30_000

/** How long the sending of a file may take. */
export function uploadTimeoutMs(bytes: number): number {
  return UPLOAD_BASE_MS + bytes / SLOWEST_BYTES_PER_MS
}
