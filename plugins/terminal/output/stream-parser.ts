import { type Append, MAX_ENTRY_BYTES } from '../../../core/index.ts'
import { type CommandState, INITIAL_COMMAND, track } from './command-tracker.ts'
import type { MarkReader, ShellMark } from './marks.ts'
import { INITIAL_MODES, type Modes, modesAfter } from './modes.ts'
import { type Opening, openingStep } from './opening.ts'
import { isStringKind, sequenceEnd, stringEnd } from './sequence.ts'
import { partialTail } from './utf8.ts'

/** What a parser knows between two entries. Plain JSON. */
export interface ParserState {
  readonly modes: Modes
  readonly command: CommandState
  /** Which kind of overlong string (see {@link isStringKind}) is being printed. */
  readonly string: number | null
  /** What the shell itself still prints before the output of the command that it has started. */
  readonly opening?: Opening | null
}

export const INITIAL_STATE: ParserState = { modes: INITIAL_MODES, command: INITIAL_COMMAND, string: null }

export interface ParserOptions {
  /** The name of the byte stream, for the entries' source. */
  readonly stream: string
  /** The offset in the stream of the first byte that will be pushed. */
  readonly position: number
  readonly state: ParserState
  /** Null where the program gives no marks. */
  readonly marks: MarkReader | null
  /** Wall-clock time; null while what is parsed was printed at an unknown time. */
  now(): number | null
}

const ESC = 0x1b
const OSC = 0x5d
const NEWLINE = 0x0a
const NOTHING = Buffer.alloc(0)
/** Smaller pieces are copied, and joined where a mark that says nothing was between them, so that an entry kept for long does not keep the whole chunk it came in. */
const COPY_BELOW_BYTES = 1024

/**
 * Turns the bytes of one terminal into journal entries: takes the marks out, follows the modes, and cuts where neither
 * a UTF-8 character nor an escape sequence is torn. Which bytes are in which entry depends on how they came in; what
 * the entries hold together, and the state at each of their ends, does not.
 */
export class StreamParser {
  readonly #options: ParserOptions
  #modes: Modes
  #command: CommandState
  #string: number | null
  #opening: Opening | null
  /** The offset in the stream of the first byte of #held. */
  #position: number
  #held: Buffer = NOTHING

  // The work on one chunk.
  #bytes: Buffer = NOTHING
  #out: Append[] = []
  /** Where the entry that is being gathered begins. */
  #run = 0
  /** Up to where newlines may be the inside of a string. */
  #afterString = 0
  /** Where the content of an overlong string that begins in this chunk begins. */
  #stringContent = 0

  constructor(options: ParserOptions) {
    this.#options = options
    this.#position = options.position
    this.#modes = options.state.modes
    this.#command = options.state.command
    this.#string = options.state.string
    this.#opening = options.state.opening ?? null
  }

  /** Everything before this offset is in the entries returned so far (or was a mark that says nothing new). */
  get position(): number {
    return this.#position
  }

  /** What is known at {@link position}. */
  get state(): ParserState {
    const opening = this.#opening && { opening: this.#opening }
    return { modes: this.#modes, command: this.#command, string: this.#string, ...opening }
  }

  /** The entries that are complete with these bytes. */
  push(chunk: Buffer): Append[] {
    this.#begin(this.#held.length ? Buffer.concat([this.#held, chunk]) : chunk)
    return this.#finish(this.#parse())
  }

  /** What was held back; for the end of the output. */
  flush(): Append[] {
    this.#begin(this.#held)
    if (this.#opening) this.#endOpening(0)
    this.#emitUpTo(this.#bytes.length, this.#string === null ? undefined : 'string')
    return this.#finish(this.#bytes.length)
  }

  /** Takes bytes whose entries an earlier parser has made already; the last of them ended one of those entries. */
  repeat(chunk: Buffer, isLast: boolean): void {
    this.push(chunk)
    if (!isLast || !this.#held.length) return
    // The earlier parser did not wait for more, so it knew that this is the beginning of an overlong string.
    this.#string ??= this.#held[1] ?? null
    this.#position += this.#held.length
    this.#held = NOTHING
  }

  /** `bytes` of the stream are missing here, of which `recorded` are in the journal already. */
  skip(bytes: number, recorded: number, reason: string): Append[] {
    const before = this.flush()
    this.#string = null
    this.#position += bytes
    if (bytes <= recorded) return before
    const source = { stream: this.#options.stream, offset: this.#position }
    return [...before, { kind: 'gap', bytes: bytes - recorded, reason, source }]
  }

  #begin(bytes: Buffer): void {
    this.#bytes = bytes
    this.#out = []
    this.#run = 0
    this.#afterString = 0
    this.#stringContent = 0
  }

  #finish(end: number): Append[] {
    this.#position += end
    this.#held = end < this.#bytes.length ? this.#bytes.subarray(end) : NOTHING
    const out = this.#out
    this.#bytes = NOTHING
    this.#out = []
    return out
  }

  /** Returns up to where the bytes were used. */
  #parse(): number {
    const bytes = this.#bytes
    let at = 0
    while (at < bytes.length) {
      if (this.#string !== null) {
        at = this.#inString(at, this.#string)
        if (this.#string !== null) return at
        continue
      }
      if (this.#opening !== null) {
        const end = this.#inOpening(at, this.#opening)
        if (end === null) return at
        at = end
        continue
      }
      const sequence = bytes.indexOf(ESC, at)
      if (sequence === -1) return this.#text(at, bytes.length - partialTail(bytes, at, bytes.length), true)
      this.#text(at, sequence, false)
      const end = sequenceEnd(bytes, sequence)
      at = this.#sequence(sequence, end)
      if (at === sequence && this.#string === null) return at
    }
    this.#emitUpTo(at)
    return at
  }

  #text(start: number, end: number, isLast: boolean): number {
    while (end - this.#run > MAX_ENTRY_BYTES)
      this.#emitUpTo(this.#cutBefore(this.#run + MAX_ENTRY_BYTES, start))
    if (isLast) this.#emitUpTo(end)
    return end
  }

  /** The best place to cut in `[run, limit]`, where the text at the end of it begins at `textStart`. */
  #cutBefore(limit: number, textStart: number): number {
    const newline = this.#run + this.#bytes.subarray(this.#run, limit).lastIndexOf(NEWLINE) + 1
    if (newline > this.#run && newline > this.#afterString) return newline
    return limit > textStart ? limit - partialTail(this.#bytes, textStart, limit) : textStart
  }

  /** Handles the sequence `[start, end)`; returns where to go on, which is `start` if it has to be waited for. */
  #sequence(start: number, end: number): number {
    const kind = this.#bytes[start + 1]
    const isOpen = end === -1
    const length = (isOpen ? this.#bytes.length : end) - start
    if (isStringKind(kind) && length > MAX_ENTRY_BYTES) {
      this.#emitUpTo(start)
      this.#string = kind ?? null
      // Its own ESC must not be taken for its end.
      this.#stringContent = start + 2
      return start
    }
    if (isOpen) {
      this.#emitUpTo(start)
      return start
    }
    const sequence = this.#bytes.subarray(start, end)
    const mark = kind === OSC ? this.#options.marks?.read(sequence) : null
    if (mark) this.#mark(mark, start, end)
    else this.#keep(sequence, start, end)
    return end
  }

  #keep(sequence: Buffer, start: number, end: number): void {
    while (end - this.#run > MAX_ENTRY_BYTES) this.#emitUpTo(this.#cutBefore(start, start))
    if (isStringKind(sequence[1])) this.#afterString = end
    const modes = modesAfter(this.#modes, sequence)
    if (modes.alternateScreen !== this.#modes.alternateScreen)
      this.#emitUpTo(modes.alternateScreen ? start : end)
    this.#modes = modes
  }

  #mark(mark: ShellMark | 'foreign', start: number, end: number): void {
    this.#emitUpTo(start)
    this.#run = end
    if (mark === 'foreign') return
    if (mark.type === 'start' && mark.isTitled) this.#opening = 'title'
    else this.#track(mark, end)
  }

  #track(mark: ShellMark, end: number): void {
    const { state, marks } = track(this.#command, mark, this.#options.now())
    this.#command = state
    const source = { stream: this.#options.stream, offset: this.#position + end }
    for (const found of marks) this.#out.push({ kind: 'mark', mark: found, source })
  }

  /** Goes on at `at` in what the shell prints between its mark and the command; null where more has to come. */
  #inOpening(at: number, opening: Opening): number | null {
    const step = openingStep(opening, this.#bytes, at)
    if (!step) {
      this.#emitUpTo(at)
      return null
    }
    this.#opening = step.next
    if (step.next === null) this.#endOpening(step.end)
    return step.end
  }

  #endOpening(end: number): void {
    this.#opening = null
    this.#emitUpTo(end)
    this.#track({ type: 'start', isTitled: false }, end)
  }

  /** Goes on in an overlong string at `start`; returns up to where it is used. */
  #inString(start: number, kind: number): number {
    const bytes = this.#bytes
    const found = stringEnd(bytes, Math.max(start, this.#stringContent), kind)
    const available = bytes[bytes.length - 1] === ESC ? bytes.length - 1 : bytes.length
    const end = found === -1 ? available - partialTail(bytes, start, available) : found
    if (found !== -1) this.#string = null
    this.#emitUpTo(end, 'string')
    return end
  }

  #emitUpTo(end: number, layer?: 'string'): void {
    while (end > this.#run) {
      const limit = Math.min(end, this.#run + MAX_ENTRY_BYTES)
      this.#emit(limit === end ? end : this.#cutInString(limit), layer)
    }
  }

  /** Neither within a character nor within the string's own end, `ESC \\`. */
  #cutInString(limit: number): number {
    return this.#bytes[limit - 1] === ESC ? limit - 1 : limit - partialTail(this.#bytes, this.#run, limit)
  }

  #emit(end: number, string?: 'string'): void {
    const piece = this.#bytes.subarray(this.#run, end)
    const layer = string ?? (this.#modes.alternateScreen ? 'alternate' : undefined)
    const source = { stream: this.#options.stream, offset: this.#position + end }
    const before = this.#out.at(-1)
    const isJoined = before?.kind === 'output' && before.layer === layer && isSmall(before.data, piece)
    if (isJoined) this.#out.pop()
    const data = isJoined ? Buffer.concat([before.data, piece]) : isSmall(piece) ? Buffer.from(piece) : piece
    this.#out.push({ kind: 'output', data, source, ...(layer && { layer }) })
    this.#run = end
  }
}

function isSmall(...pieces: readonly Uint8Array[]): boolean {
  return pieces.reduce((sum, piece) => sum + piece.length, 0) < COPY_BELOW_BYTES
}
