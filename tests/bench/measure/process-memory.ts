import { readFileSync } from 'node:fs'
import { sleep, systemClock } from '../../../core/clock.ts'

/** Memory that a process shares with nobody (RssAnon), in MB of 10^6 bytes. */
export function privateMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kib === undefined) throw new Error(`the system does not tell the private memory of process ${pid}`)
  return (Number(kib) * 1024) / 1e6
}

/** The most that each process grows while watched, in MB; call `stop` to know. */
export function watchGrowth(pids: Readonly<Record<string, number>>) {
  const before = new Map(Object.entries(pids).map(([name, pid]) => [name, privateMemory(pid)]))
  const peak = new Map(before)
  const done = new AbortController()
  const watching = (async () => {
    while (!done.signal.aborted) {
      for (const [name, pid] of Object.entries(pids)) {
        peak.set(name, Math.max(peak.get(name) ?? 0, privateMemory(pid)))
      }
      await sleep(systemClock, SAMPLE_MS, done.signal)
    }
  })()
  return {
    async stop(): Promise<Record<string, number>> {
      done.abort()
      await watching
      return Object.fromEntries([...peak].map(([name, most]) => [name, most - (before.get(name) ?? 0)]))
    },
  }
}

/** A garbage collector's peaks last longer than this. */
const SAMPLE_MS = 20
