import type { Clock, Timer } from '../clock.ts'
import type { Cli } from './context.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80
/** What takes less is not worth a flicker. */
const PATIENCE_MS = 300
const ERASE_LINE = '\r\x1b[K'

/** Shows on a terminal that something is under way, and nothing where stderr is not one. */
export async function withSpinner<T>(cli: Cli, what: string, work: Promise<T>): Promise<T> {
  if (cli.stderr.isTTY !== true) return work
  const spinner = spin(cli.clock, cli.stderr, what)
  try {
    return await work
  } finally {
    spinner[Symbol.dispose]()
  }
}

function spin(clock: Clock, stderr: NodeJS.WriteStream, what: string): Disposable {
  let frame = 0
  let timer: Timer
  const draw = () => {
    stderr.write(`${ERASE_LINE}${FRAMES[frame++ % FRAMES.length]} ${what}`)
    timer = clock.setTimeout(draw, FRAME_MS, { ref: false })
  }
  timer = clock.setTimeout(draw, PATIENCE_MS, { ref: false })
  return {
    [Symbol.dispose]() {
      timer.cancel()
      if (frame > 0) stderr.write(ERASE_LINE)
    },
  }
}
