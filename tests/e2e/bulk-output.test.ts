import { expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { privateMiB } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** A leak of even a third of the output would show; buffers and garbage do not. */
const GROWTH_MIB = 64
const LINES = 500_000
/** Each line has 100 bytes as printed. */
const print = (lines: number) => `awk 'BEGIN { for (i = 1; i <= ${lines}; i++) printf "%098d\\n", i }'`

const daemon = TestDaemon.forFile({ config: { log: { level: 'debug' } } })

function memory() {
  return [daemon.pid, ...daemon.hostPids()].map(privateMiB)
}

test('50 MB of output: nothing stalls, no process grows, head and tail are exact, the rest is read while it is kept', async () => {
  const id = await daemon.session()
  // How much is taken for the first load is for the benchmark to judge; here it must not become more.
  await daemon.send(id, print(LINES / 2), { wait_ms: 120_000 })
  const before = memory()
  const sent = await daemon.send(id, print(LINES), { wait_ms: 120_000 })
  const after = memory()
  expect(sent).toMatchObject({ exit_code: 0, completed_by: 'mark', truncated: true })
  for (const [index, mib] of after.entries()) expect(mib - (before[index] ?? 0)).toBeLessThan(GROWTH_MIB)

  const { dropped } = sent
  const [head = '', tail = ''] = sent.output.split(`\n[… ${dropped?.bytes} bytes left out …]\n`)
  expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(48 * 1024)
  const first = numbersIn(head)
  const last = numbersIn(tail)
  expect(first).toEqual(first.map((_, index) => index + 1))
  expect(last).toEqual(last.map((_, index) => LINES - last.length + 1 + index))

  const middle = await daemon.readAll(id, { since: dropped?.from ?? '', until: dropped?.to ?? '' })
  const kept = numbersIn(middle.output)
  expect(middle.gaps, 'more was printed than is kept').toMatchObject([{ reason: 'retention' }])
  expect(kept.length * 100, 'what is kept').toBeGreaterThan(12 * 1024 * 1024)
  expect(kept).toEqual(kept.map((_, index) => (kept[0] ?? 0) + index))
  expect(await daemon.send(id, 'echo next')).toMatchObject({ output: 'next\n' })
})

test('another session answers at once while one prints without end, and that one can be interrupted', async () => {
  const loud = await daemon.session()
  const quiet = await daemon.session()
  const before = memory()
  const sent = daemon.send(loud, 'yes "a line that is printed again and again"', { wait_ms: 60_000 })
  await until(async () => (await daemon.get(loud)).state === 'busy', 'the loud one')
  for (let number = 0; number < 100; number++) {
    expect(await daemon.send(quiet, `echo ${number}`)).toMatchObject({
      output: `${number}\n`,
      completed_by: 'mark',
    })
  }
  await daemon.call('session.interrupt', { session_id: loud })
  expect(await sent).toMatchObject({ completed_by: 'mark', exit_code: 130, truncated: true })
  for (const [index, mib] of memory().entries()) expect(mib - (before[index] ?? 0)).toBeLessThan(GROWTH_MIB)
})

/** The lines that are whole numbers; of a line that was cut there are only some digits. */
function numbersIn(text: string): number[] {
  return text.split('\n').flatMap(line => (/^\d{98}$/.test(line) ? [Number(line)] : []))
}
