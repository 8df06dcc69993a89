import type { ProgramExit } from './protocol.ts'

/** What is told of a program. */
export interface ProgramListener {
  /** `bytes` are only good during the call. */
  onOutput(bytes: Buffer): void
  /** The program has ended, and what it printed was given to `onOutput`. */
  onExit(exit: ProgramExit): void
  /** The program has taken so many bytes of input. */
  onInputTaken(bytes: number): void
}

/** What a carrier tells of its program, and of what others do to it. */
export interface CarrierListener extends ProgramListener {
  /** Somebody else has made the terminal another size than it was asked to have. */
  onResized(cols: number, rows: number): void
  /** It cannot be made to wait any longer: what it prints must be taken now. */
  onUnstoppable(): void
  /** Something that it printed was never read, nobody knows how much. */
  onUnread(reason: string): void
}

/** What is typed into one terminal, in order. */
export interface CarrierInput {
  write(bytes: Buffer): void
  /**
   * Whatever is written later waits until the program has printed something, at most so many milliseconds. `onOver` is
   * called just before it goes on.
   */
  awaitEcho(echoWithinMs: number, onOver: () => void): void
  /** The program has printed something. */
  echoed(): void
}

/** What a program runs in: a pseudo terminal of ours, or a pane of tmux. */
export interface Carrier {
  readonly pid: number
  readonly tty: string
  readonly input: CarrierInput
  pause(): void
  resume(): void
  resize(cols: number, rows: number): void
  /**
   * Hangs up as a closed terminal window does; what is still there after `graceMs` is killed. A program that ran
   * before it was ours is left running, unless `kill` says otherwise.
   */
  close(graceMs: number, kill: boolean): void
}

/** Begins to tell what the program prints; nothing of it is lost before. */
export type OpenCarrier = (listener: CarrierListener) => Carrier
