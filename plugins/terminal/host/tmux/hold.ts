import type { Clock, Timer } from '../../../../core/index.ts'
import { isOlder } from '../../checkup/versions.ts'
import type { ControlClient } from './control-client.ts'
import type { PaneRecord } from './pane-record.ts'
import { runTmux } from './server.ts'

export interface HoldParts {
  readonly record: PaneRecord
  /** Of the tmux server. */
  readonly version: string
  readonly clock: Clock
  /** The pane cannot be made to wait any longer. */
  onUnstoppable(): void
}

/** How often is looked whether a pane that should wait still does. */
const CHECK_MS = 250
/** Older ones read a pane all the same that is `off` for every client. */
const HEEDS_OFF = '3.4'

/**
 * Makes a pane wait. tmux does that for control clients alone, and, before 3.4, only for those that are told of what the
 * pane prints and do not listen; newer ones may switch it off for themselves. Most of the time ours has it paused: then
 * it is told nothing, and nothing waits for it.
 */
export class Hold {
  readonly #parts: HoldParts
  readonly #heedsOff: boolean
  #control: ControlClient
  #isOn = false
  #check: Timer | null = null

  constructor(parts: HoldParts, control: ControlClient) {
    this.#parts = parts
    this.#heedsOff = heedsOff(parts.version)
    this.#control = control
    this.#begin()
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** Another client has taken the place of the one before. */
  follow(control: ControlClient): void {
    this.#control = control
    this.#begin()
    if (this.#isOn) this.#stop()
  }

  start(): void {
    this.#isOn = true
    this.#stop()
    this.#watch()
  }

  end(): void {
    this.#isOn = false
    this.close()
    this.#set('pause')
    if (!this.#heedsOff) this.#control.listen()
  }

  close(): void {
    this.#check?.cancel()
    this.#check = null
  }

  #begin(): void {
    this.#set('pause')
    if (this.#heedsOff) this.#set('off')
  }

  #stop(): void {
    if (!this.#heedsOff) this.#control.stopListening()
    this.#set('continue')
  }

  #set(state: 'pause' | 'continue' | 'off'): void {
    this.#control.tell(`refresh-client -A "${this.#parts.record.pane}:${state}"`)
  }

  /** With anybody else looking on, tmux reads on whatever we do, and what we do not take would fill its memory. */
  #watch(): void {
    const check = this.#parts.clock.setTimeout(async () => {
      const clients = await runTmux(this.#parts.record, 'list-clients', '-F', '-').catch(() => '')
      if (this.#check !== check) return
      if (clients.trim().split('\n').length > 1) this.#parts.onUnstoppable()
      else this.#watch()
    }, CHECK_MS)
    this.#check = check
  }
}

function heedsOff(version: string): boolean {
  const number = /\d+(?:\.\d+)+/.exec(version)?.[0]
  // One that has no number is newer than any that has one.
  return number === undefined || !isOlder(number, HEEDS_OFF)
}
