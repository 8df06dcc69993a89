import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { isTeleclaudeError } from '../../../core/errors.ts'
import type { ClientCallOptions } from '../../../core/host/plugin.ts'
import { entryFromWire, type WireEntry } from '../../../core/journal/entry.ts'
import type { Collected } from '../../../core/operations/collect/collect-output.ts'
import type { WatchItem } from '../../../core/operations/session-watch.ts'
import type { Reading, TestDaemon } from '../../support/daemon.ts'
import { until } from '../../support/until.ts'

/** Ten lines every ten milliseconds or so, without a program for each, until there is a file of the name given. */
const PRINTER = `
exec {never}<> <(:)
for ((i = 1; ; i++)); do
  printf 'n %d\\n' $i
  if ((i % 10 == 0)); then
    [ -e "$1" ] && break
    read -rt 0.01 -u $never
  fi
done
`
/** As much as one call returns. */
const MAX_BYTES = 1024 * 1024
/** How long output may be missing, when the computer is busy with other things too. */
const PATIENCE_MS = 30_000
/** How many new lines show that everything passes. */
const FLOW = 200

let printers = 0

/**
 * A session that prints numbered lines on another computer than the one it was started from. There, three see it who all
 * begin before anything breaks: a watch, a `session.send` that waits for the end, and one `session.read` after another.
 */
export class NumberedLines {
  readonly id: string
  readonly #origin: TestDaemon
  readonly #owner: TestDaemon
  readonly #stopFile: string
  readonly #watching = new AbortController()
  readonly #watched: Promise<unknown>
  readonly #sent: Promise<Collected>
  readonly #read: Promise<void>
  readonly #faults: string[] = []
  #seq = 0
  #watchedText = ''
  #readText = ''

  private constructor(id: string, origin: TestDaemon, owner: TestDaemon) {
    this.id = id
    this.#origin = origin
    this.#owner = owner
    const number = ++printers
    this.#stopFile = join(owner.home, `stop-${number}`)
    const printer = join(owner.home, `printer-${number}`)
    writeFileSync(printer, PRINTER)
    const options = { wait_ms: 600_000, max_bytes: MAX_BYTES }
    this.#watched = origin.call('session.watch', { session_id: id }, this.#watch)
    this.#sent = origin.send(id, `bash ${printer} ${this.#stopFile}`, options)
    this.#read = this.#readAll()
    for (const seen of [this.#watched, this.#sent, this.#read]) seen.catch(() => {}) // `complete` asks for it
  }

  /** Of `owner`, called `computer`, started by `origin`. Settles when its lines arrive. */
  static async start(origin: TestDaemon, owner: TestDaemon, computer: string): Promise<NumberedLines> {
    const id = await origin.session({ computer, title: 'numbers' })
    const lines = new NumberedLines(id, origin, owner)
    await lines.flow()
    return lines
  }

  /** Settles when lines have arrived that are not printed yet. */
  async flow(): Promise<void> {
    const wanted = (await this.#lastPrinted()) + FLOW
    const haveArrived = () => Math.min(lastNumber(this.#watchedText), lastNumber(this.#readText)) >= wanted
    await until(haveArrived, `line ${wanted}`, PATIENCE_MS)
  }

  /** Settles when it has printed so many lines more, whoever has seen them. */
  async print(lines: number): Promise<void> {
    const wanted = (await this.#lastPrinted()) + lines
    await until(async () => (await this.#lastPrinted()) >= wanted, `line ${wanted} there`, PATIENCE_MS)
  }

  /** Ends it, and checks that each who saw it got every number once, in order, and nothing else. */
  async complete(): Promise<void> {
    writeFileSync(this.#stopFile, '')
    const { output, ...sent } = await this.#sent
    expect(sent).toMatchObject({ exit_code: 0, completed_by: 'mark', truncated: false })
    const last = await this.#lastPrinted()
    expect(wrongIn(output, last)).toBeNull()
    await this.#read
    expect(wrongIn(this.#readText, last)).toBeNull()
    await until(() => lastNumber(this.#watchedText) === last, 'the last line, watched', PATIENCE_MS)
    this.#watching.abort()
    await this.#watched.catch(() => {}) // it was cancelled
    expect(this.#faults).toEqual([])
    expect(wrongIn(this.#watchedText, last)).toBeNull()
  }

  get #watch(): ClientCallOptions {
    return { signal: this.#watching.signal, onItem: item => this.#take((item as WatchItem).entries) }
  }

  #take(entries: readonly WireEntry[]): void {
    for (const entry of entries) {
      if (entry.seq !== this.#seq + 1) this.#faults.push(`entry ${entry.seq} after ${this.#seq}`)
      if (entry.kind === 'gap') this.#faults.push(`a gap: ${entry.reason}`)
      this.#seq = entry.seq
    }
    this.#watchedText += textOf(entries)
  }

  /** Whoever reads step by step is told when others cannot be reached, and comes back. */
  async #readAll(): Promise<void> {
    for (let since = '0', isComplete = false; !isComplete; ) {
      const reading = await until(() => this.#readOn(since), 'a reading', PATIENCE_MS)
      this.#readText += reading.output
      since = reading.cursor
      isComplete = reading.complete && lastNumber(this.#readText) > 0
    }
  }

  async #readOn(since: string): Promise<Reading | null> {
    try {
      return await this.#origin.read(this.id, { since, wait_ms: 60_000 })
    } catch (error) {
      if (isTeleclaudeError(error, 'TC_ERR_TRANSPORT')) return null
      throw error
    }
  }

  async #lastPrinted(): Promise<number> {
    let tail = ''
    const newest = { session_id: this.id, last_bytes: 2000, follow: false }
    const onItem = (item: unknown) => {
      tail += textOf((item as WatchItem).entries)
    }
    await this.#owner.call('session.watch', newest, { onItem })
    return lastNumber(tail)
  }
}

function textOf(entries: readonly WireEntry[]): string {
  const output = entries.map(entryFromWire).filter(entry => entry.kind === 'output')
  return Buffer.concat(output.map(({ data }) => data)).toString()
}

function lastNumber(text: string): number {
  return Number([...text.slice(-4000).matchAll(/^n (\d+)\r?\n/gm)].at(-1)?.[1] ?? 0)
}

/** Null if the lines of `text` have every number up to `last`, once and in order. */
function wrongIn(text: string, last: number): string | null {
  let expected = 1
  for (const [line, number] of text.matchAll(/^.*\bn (\d+).*$/gm)) {
    if (Number(number) !== expected) return `${JSON.stringify(line)} where ${expected} was to come`
    expected += 1
  }
  return expected - 1 === last ? null : `${expected - 1} lines of ${last}`
}
