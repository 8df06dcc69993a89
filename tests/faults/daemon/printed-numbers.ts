import { expect } from 'vitest'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import { TestDaemon } from '../../support/daemon.ts'
import { until } from '../../support/until.ts'

/** 7 MB as printed, more than the pty host keeps while no daemon runs: the program is made to wait. */
const AT_ONCE = 'seq -f "n %.0f" 1 700000'

/** Ends the daemon twice while a session prints at full speed: every number is there once, in order. */
export async function endAtFullSpeed(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const daemon = await TestDaemon.inTest()
  const id = await daemon.session()
  await daemon.input(id, AT_ONCE)
  for (const number of [1, 300_000]) {
    await printed(daemon, id, number)
    await daemon.restart(signal)
  }
  await ready(daemon, id)
  expect(wrongAt(await numbers(daemon, id), 700_000)).toBe(null)
}

/** Everything that was printed as numbers, in the order in which it was read. */
export async function numbers(daemon: TestDaemon, id: string): Promise<number[]> {
  const { output, gaps } = await daemon.readAll(id)
  expect(gaps).toEqual([])
  return [...output.matchAll(/^n (\d+)$/gm)].map(([, number]) => Number(number))
}

/** Settles as soon as a number is in the journal. */
export function printed(daemon: TestDaemon, id: string, number: number): Promise<void> {
  return printedText(daemon, id, `n ${number}\r\n`)
}

/** Settles as soon as a text is in the journal. */
export async function printedText(daemon: TestDaemon, id: string, text: string): Promise<void> {
  const seen = new AbortController()
  let newest = ''
  const onItem = (item: unknown) => {
    newest =
      newest.slice(-20) +
      (item as WatchItem).entries.map(entry => (entry.kind === 'output' ? entry.data : '')).join('')
    if (newest.includes(text)) seen.abort()
  }
  const watching = daemon.call('session.watch', { session_id: id }, { onItem, signal: seen.signal })
  await expect(watching).rejects.toMatchObject({ code: 'TC_ERR_CANCELLED' })
}

/** Settles when nothing runs in it any more. */
export const ready = (daemon: TestDaemon, id: string) =>
  until(async () => (await daemon.get(id)).state === 'ready', 'the prompt', 20_000)

/** The first place where they do not count 1, 2, 3 … `count`. */
export function wrongAt(found: readonly number[], count: number): string | null {
  const at = found.findIndex((number, index) => number !== index + 1)
  if (at >= 0) return `${found.slice(Math.max(0, at - 2), at + 3)} at ${at}`
  return found.length === count ? null : `${found.length} instead of ${count}`
}
