/** Draws screens away from the daemon's own thread. Imported only as a worker. */
import { parentPort } from 'node:worker_threads'
import xterm from '@xterm/headless'
import type { Screen } from '../../../core/index.ts'

/** One screen to draw. */
export interface ScreenJob {
  readonly number: number
  readonly bytes: Uint8Array
  readonly cols: number
  readonly rows: number
}

parentPort?.on('message', async (job: ScreenJob) => {
  parentPort?.postMessage({ number: job.number, screen: await draw(job) })
})

async function draw({ bytes, cols, rows }: ScreenJob): Promise<Screen> {
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 0, allowProposedApi: true })
  let title = ''
  terminal.onTitleChange(text => {
    title = text
  })
  await new Promise<void>(resolve => terminal.write(bytes, resolve))
  const { active } = terminal.buffer
  const line = (row: number) => active.getLine(active.viewportY + row)?.translateToString(true) ?? ''
  const screen = {
    lines: Array.from({ length: rows }, (_, row) => line(row)),
    cursor: { row: active.cursorY, col: active.cursorX },
    cols,
    rows,
    title,
    alternate: active.type === 'alternate',
  }
  terminal.dispose()
  return screen
}
