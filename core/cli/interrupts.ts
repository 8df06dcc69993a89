/** A signal that asks the program to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Hears the signals that ask the program to end. By default the first one aborts {@link signal}, the second ends the process. */
export interface Interrupts {
  readonly signal: AbortSignal
  /** Hands the signals to `handler` instead, until disposed. */
  take(handler: (signal: EndSignal) => void): Disposable
  /** Ends the process at once, as the second signal does by default. */
  exit(): void
}

const SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** @param exit ends the process at once */
export function listenForInterrupts(process: NodeJS.Process, exit: () => void): Interrupts {
  const controller = new AbortController()
  let handler: ((signal: EndSignal) => void) | null = null
  const abort = () => (controller.signal.aborted ? exit() : controller.abort())
  for (const name of SIGNALS) {
    process.on(name, () => (handler ? handler(name) : abort()))
  }
  return {
    signal: controller.signal,
    exit,
    take(taken) {
      handler = taken
      return {
        [Symbol.dispose]() {
          handler = null
        },
      }
    },
  }
}
