import type { Clock, PluginContext } from '../../core/index.ts'

/** The log of the plugin, for what others may bring about as often as they like. */
export interface TransportLog {
  /** Warns, but of one kind of event at most once a minute; then it says how many there were. */
  often(kind: string, message: string): void
}

const INTERVAL_MS = 60_000

export function createTransportLog(log: PluginContext['log'], clock: Clock): TransportLog {
  const kinds = new Map<string, { loggedAt: number; silent: number }>()
  return {
    often(kind, message) {
      const known = kinds.get(kind)
      if (known && clock.monotonic() - known.loggedAt < INTERVAL_MS) {
        known.silent += 1
        return
      }
      kinds.set(kind, { loggedAt: clock.monotonic(), silent: 0 })
      log.warn(known?.silent ? { since_last_logged: known.silent } : {}, message)
    },
  }
}
