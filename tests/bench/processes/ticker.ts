/** `ticker.ts <count> <every ms>`: prints numbered lines that say when they were printed, by the clock that all processes share. */
import { sleep, systemClock } from '../../../core/clock.ts'

const [count = 0, everyMs = 0] = process.argv.slice(2).map(Number)
for (let printed = 0; printed < count; printed++) {
  await sleep(systemClock, everyMs)
  process.stdout.write(`tick ${printed} ${process.hrtime.bigint()}\n`)
}
