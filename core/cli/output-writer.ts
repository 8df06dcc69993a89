import type { Entry } from '../journal/entry.ts'
import { TextRenderer } from '../text/text-renderer.ts'
import type { Printer } from './streams.ts'

/** Prints what a session printed, as it comes. */
export interface OutputWriter {
  write(entries: readonly Entry[]): Promise<void>
  /** Prints what was held back. */
  end(): Promise<void>
}

/** The bytes as the terminal had them, colours and all. */
export function rawWriter({ print }: Printer): OutputWriter {
  return {
    async write(entries) {
      const bytes = Buffer.concat(entries.flatMap(entry => (entry.kind === 'output' ? [entry.data] : [])))
      if (bytes.length > 0) await print(bytes)
    },
    end: async () => {},
  }
}

/** Clean text. Where no person watches, only whole lines, as they ended up: nothing is written over in a file. */
export function textWriter(printer: Printer): OutputWriter {
  const renderer = new TextRenderer()
  const lines = textPrinter(printer)
  return {
    write: entries => lines.write(renderer.render(entries)),
    end: () => lines.end(),
  }
}

/** Prints text that was rendered already. */
export function textPrinter({ print, isTerminal }: Printer): {
  write(text: string): Promise<void>
  end(): Promise<void>
} {
  const held = new HeldLine()
  return {
    async write(text) {
      const ready = isTerminal ? text : held.push(text)
      if (ready) await print(ready)
    },
    async end() {
      const rest = held.take()
      if (rest) await print(rest)
    },
  }
}

/** A line that goes on for longer is printed in pieces. */
const MAX_HELD = 65_536

/** Keeps back a line that is not finished, since it may yet be written over (a `\r` begins its new text). */
class HeldLine {
  #line = ''

  push(text: string): string {
    const all = this.#line + text
    const end = all.lastIndexOf('\n') + 1
    const ready = end > 0 ? all.slice(0, end).split('\n').map(asItEnded).join('\n') : ''
    this.#line = asItEnded(all.slice(end))
    return this.#line.length > MAX_HELD ? ready + this.take() : ready
  }

  take(): string {
    const line = this.#line
    this.#line = ''
    return line
  }
}

function asItEnded(line: string): string {
  return line.slice(line.lastIndexOf('\r') + 1)
}
