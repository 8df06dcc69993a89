import { type Clock, TeleclaudeError, type TerminalInput, type Timer } from '../../../core/index.ts'
import type { Modes } from '../output/modes.ts'
import type { ShellTraits } from '../shell/integration.ts'
import { encodeKeys } from './keys.ts'
import { layOut } from './text.ts'

/** How much may wait for a program that does not read its input. */
const MAX_WAITING_BYTES = 1024 * 1024
/** How long a full-screen program may take to show pasted text before Enter follows. Sooner, it takes Enter for part of it. */
const ECHO_MS = 150
/** A program that does not read its input keeps the host from pressing Enter; what is typed next must not wait for that. */
const ENTER_MS = 1000

/** What the typist asks and tells about the shell's prompt. */
export interface Prompt {
  readonly isOpen: boolean
  readonly traits: Pick<ShellTraits, 'promptsAfterInterrupt' | 'takesTabs'>
  close(): void
}

/** What the typist types with. */
export interface Hands {
  press(bytes: Buffer): void
  /** Presses Enter behind it once something was printed, or after so many milliseconds; false if it cannot. */
  submit(text: Buffer, echoWithinMs: number): boolean
}

/** Types into one terminal. */
export class Typist {
  readonly #hands: Hands
  readonly #clock: Clock
  #waitingBytes = 0
  #onEcho: () => void = () => {}
  #onEnter: () => void = () => {}

  constructor(hands: Hands, clock: Clock) {
    this.#hands = hands
    this.#clock = clock
  }

  /** @throws TC_ERR_UNKNOWN_KEY, TC_ERR_INPUT_FULL, TC_ERR_TERMINAL_HOST */
  async type(input: TerminalInput, modesNow: () => Modes, prompt: Prompt): Promise<void> {
    if (input.type === 'keys')
      return this.#press(encodeKeys(input.keys, modesNow().applicationCursor), prompt)
    if (input.type === 'raw') return this.#press(input.data, prompt)
    if (prompt.isOpen && /[\n\t]/.test(input.text)) await this.#pasteMode(modesNow)
    const modes = modesNow()
    const keepsTabs = !prompt.isOpen || prompt.traits.takesTabs
    const typed = keepsTabs ? input.text : input.text.replaceAll('\t', ' ')
    const text = layOut(typed, input.submit, modes, prompt.isOpen)
    if (!input.submit) return this.#write(text)
    const isSlow = !prompt.isOpen && (modes.bracketedPaste || modes.alternateScreen)
    if (!isSlow) return this.#press(`${text}\r`, prompt)
    if (this.#submit(text)) return this.#enter(prompt)
    await this.#echo()
    this.#press('\r', prompt)
  }

  /** Something was printed. */
  echoed(): void {
    this.#onEcho()
  }

  /** Enter is pressed now behind a text. */
  submitted(): void {
    this.#onEnter()
  }

  /** The program has read so many bytes. */
  taken(bytes: number): void {
    this.#waitingBytes = Math.max(0, this.#waitingBytes - bytes)
  }

  #press(keys: string, prompt: Prompt): void {
    // Ctrl-C makes the shell end what is typed at its prompt, with marks of its own.
    const { promptsAfterInterrupt } = prompt.traits
    if ((promptsAfterInterrupt ? /[\r\n\x03]/ : /[\r\n]/).test(keys)) prompt.close()
    this.#write(keys)
  }

  #write(text: string): void {
    const bytes = Buffer.from(text)
    if (!bytes.length) return
    this.#expect(bytes.length)
    this.#hands.press(bytes)
  }

  #submit(text: string): boolean {
    const bytes = Buffer.from(text)
    this.#expect(bytes.length)
    return this.#hands.submit(bytes, ECHO_MS)
  }

  #expect(bytes: number): void {
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) throw inputFull(this.#waitingBytes)
    this.#waitingBytes += bytes
  }

  /** A shell may mark its prompt a little before its line editor is there, and lines typed then would run one by one. */
  async #pasteMode(modesNow: () => Modes): Promise<void> {
    const end = this.#clock.monotonic() + ECHO_MS
    while (!modesNow().bracketedPaste && this.#clock.monotonic() < end) await this.#echo()
  }

  /** Settles when the host has pressed Enter: no prompt that was marked before is free any more. */
  #enter(prompt: Prompt): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#onEnter = () => {}
        limit.cancel()
        prompt.close()
        resolve()
      }
      const limit: Timer = this.#clock.setTimeout(done, ENTER_MS)
      this.#onEnter = done
    })
  }

  #echo(): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#onEcho = () => {}
        limit.cancel()
        resolve()
      }
      const limit: Timer = this.#clock.setTimeout(done, ECHO_MS)
      this.#onEcho = done
    })
  }
}

function inputFull(waiting: number): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_INPUT_FULL',
    `The program does not read its input: ${waiting} bytes of at most ${MAX_WAITING_BYTES} wait already. Wait until it reads, or interrupt it.`,
  )
}
