import { once } from 'node:events'
import { styleText } from 'node:util'
import { neutraliseLines } from './neutralise.ts'

/** What `util.styleText` can do to a text. */
export type Style = Parameters<typeof styleText>[0]

/** Where the command line prints. */
export interface Printer {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Writes to stdout; settles when more can be written. Throws {@link PipeClosed} once nobody reads it any more. */
  print(text: string | Uint8Array): Promise<void>
  /** Writes a message to stderr; control characters in it are shown, not obeyed. */
  tell(line: string): void
  /** Colours where stdout is a terminal that has them and NO_COLOR is not set. */
  style(style: Style, text: string): string
  /** Whether a person watches stdout. */
  readonly isTerminal: boolean
}

/** The reader of stdout is gone (`| head`). Nothing is wrong; there is only nothing left to do. */
export class PipeClosed extends Error {}

export function createPrinter(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Printer {
  let isBroken = false
  const onError = (error: Error) => {
    if (!('code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'))) throw error
    isBroken = true
  }
  stdout.on('error', onError)
  stderr.on('error', onError)
  return {
    stdout,
    stderr,
    isTerminal: stdout.isTTY === true,
    async print(text) {
      if (isBroken) throw new PipeClosed()
      if (stdout.write(text)) return
      await once(stdout, 'drain').catch(() => {})
      if (isBroken) throw new PipeClosed()
    },
    tell: line => void stderr.write(`${neutraliseLines(line)}\n`),
    style: (style, text) => styleText(style, text, { stream: stdout }),
  }
}
