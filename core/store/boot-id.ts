import { readFileSync } from 'node:fs'
import os from 'node:os'
import type { Clock } from '../clock.ts'

/**
 * Names this run of the operating system. Where the system gives no name, it is the minute in which it started:
 * a drift of the wall clock can change that, which costs readers no more than a new epoch.
 */
export function bootId(clock: Clock): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return String(Math.round(clock.now() / 60_000 - os.uptime() / 60))
  }
}
