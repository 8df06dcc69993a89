import type { Clock } from '../../../core/index.ts'

/** Shows how far a copy has come, on a terminal only. */
export interface Progress {
  show(done: number, all: number): void
  note(line: string): void
  /** Leaves nothing of it on the screen. */
  end(): void
}

/** Often enough to be watched. */
const SHOW_EVERY_MS = 200
const MIB = 2 ** 20

export function createProgress(stderr: NodeJS.WriteStream, clock: Clock): Progress {
  const startedAt = clock.monotonic()
  let shownAt = Number.NEGATIVE_INFINITY
  let first: number | null = null
  const clear = () => {
    if (shownAt > 0) stderr.write('\r\x1b[K')
  }
  return {
    show(done, all) {
      first ??= done
      const now = clock.monotonic()
      if (!stderr.isTTY || now - shownAt < SHOW_EVERY_MS) return
      shownAt = now
      const seconds = Math.max(0.001, (now - startedAt) / 1000)
      const rate = ((done - first) / MIB / seconds).toFixed(1)
      const percent = all === 0 ? 100 : Math.floor((100 * done) / all)
      stderr.write(`\r\x1b[K${percent} % of ${(all / MIB).toFixed(1)} MiB, ${rate} MiB/s`)
    },
    note(line) {
      clear()
      stderr.write(`${line}\n`)
    },
    end: clear,
  }
}
