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

/**
 * When the first of the processes that are seen here began, in ticks of the system: a container that is started anew
 * has lost all its programs, while the system runs on. Empty where that is not told.
 */
export function firstProcess(): string {
  try {
    const stat = readFileSync('/proc/1/stat', 'utf8')
    // The name stands in parentheses and may hold anything; the time is the 20th field behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
