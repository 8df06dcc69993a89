import { sleep } from '../../core/clock.ts'
import { messageOf, TeleclaudeError } from '../../core/errors.ts'
import type { SessionId } from '../../core/ids.ts'
import type { CarrierState, EntrySink, Intake, Presence, Transport } from '../../core/transport.ts'
import { type LinkOptions, type MemoryCarrier, type MemoryLink, UP } from './memory-carrier.ts'

const MAX_MESSAGE_BYTES = 1024 * 1024
/** How many entries of a stream are read at a time. */
const READ_AT_ONCE = 100
interface Line {
  readonly carrier: MemoryCarrier
  readonly computer: string
  readonly options: LinkOptions
  readonly state: CarrierState
  /** Rises whenever the line breaks. */
  readonly breaks: number
  /** One way. @throws TC_ERR_TRANSPORT if the line is down; settles with whether it stayed up. */
  cross(): Promise<boolean>
  /** Whether the reply to what has just arrived is lost; then the line has broken. */
  losesReply(): boolean
  count(what: string): void
}

/** Made by `MemoryCarrier.connect`. */
export function createMemoryLink(carrier: MemoryCarrier, computer: string, options: LinkOptions): MemoryLink {
  const listeners = new Set<(state: CarrierState) => void>()
  const counts: Record<string, number> = {}
  let state: CarrierState = UP
  let breaks = 0
  let losing = false

  const change = (next: CarrierState) => {
    if (state.up ? next.up : !next.up && next.problem === state.problem) return
    if (state.up) breaks++
    state = next
    carrier.wake()
    for (const listener of [...listeners]) listener(state)
  }
  const down = (problem = 'the carrier is down') => change({ up: false, problem })
  const line: Line = {
    carrier,
    computer,
    options,
    get state() {
      return state
    },
    get breaks() {
      return breaks
    },
    async cross() {
      const before = breaks
      if (!state.up) throw new TeleclaudeError('TC_ERR_TRANSPORT', `nothing was sent: ${state.problem}`)
      if (carrier.delayMs > 0) await sleep(options.clock, carrier.delayMs)
      else await Promise.resolve()
      while (carrier.frozen && breaks === before) await carrier.changed()
      return breaks === before
    },
    losesReply() {
      const lost = losing
      losing = false
      if (lost) down('the connection broke')
      return lost
    },
    count(what) {
      counts[what] = (counts[what] ?? 0) + 1
    },
  }
  return {
    transport: {
      ...transportOver(line),
      get state() {
        return state
      },
      onState(listener) {
        listeners.add(listener)
        return { [Symbol.dispose]: () => void listeners.delete(listener) }
      },
      counts: () => ({ ...counts }),
    },
    presence: presenceOver(line),
    down,
    up: () => change(UP),
    loseNextReply() {
      losing = true
    },
  }
}

function transportOver(line: Line): Omit<Transport, 'state' | 'onState' | 'counts'> {
  const { carrier } = line
  return {
    type: 'memory',
    maxMessageBytes: MAX_MESSAGE_BYTES,
    async send(computer, message) {
      if (message.length > MAX_MESSAGE_BYTES)
        throw new TeleclaudeError('TC_ERR_MESSAGE_TOO_LARGE', `${message.length} bytes are too many`)
      const bytes = Uint8Array.from(message)
      if (!(await line.cross())) return null
      const number = carrier.post(computer, bytes)
      line.count('sent')
      return line.losesReply() ? null : `${number}`
    },
    async whyDropped(computer, place) {
      if (!(await line.cross())) throw new TeleclaudeError('TC_ERR_TRANSPORT', 'the connection broke')
      const first = carrier.mailboxes.get(computer)?.[0]?.number ?? Number.POSITIVE_INFINITY
      const isDropped = Number(place) < first && Number(place) > (carrier.read.get(computer) ?? 0)
      return isDropped ? 'the mailbox was trimmed' : null
    },
    receive: intake => reading(ended => receive(line, intake, ended), carrier),
    async append(session, entries) {
      const copies = entries.map(({ seq, bytes }) => ({ seq, bytes: Uint8Array.from(bytes) }))
      const arrived = (await line.cross()) && carrier.extend(session, copies)
      line.count('appended')
      if (!arrived || line.losesReply())
        throw new TeleclaudeError('TC_ERR_TRANSPORT', `not all may be in the stream of session '${session}'`)
    },
    async removeStream(session) {
      if (!(await line.cross())) throw new TeleclaudeError('TC_ERR_TRANSPORT', 'the connection broke')
      carrier.deleteStream(session)
    },
    readStream: (session, afterSeq, sink) =>
      reading(ended => readStream(line, { session, afterSeq, sink }, ended), carrier),
    channel: session => ({ channelId: `output:${session}` }),
  }
}

function presenceOver({ carrier, cross, options }: Line): Presence {
  const { clock, intervalMs = 30_000, ttlMs = 60_000 } = options
  const standing = (computer: string): Uint8Array | null => {
    const announced = carrier.announced.get(computer)
    return announced && announced.expiresAt > clock.now() ? Uint8Array.from(announced.bytes) : null
  }
  const crossed = async () => {
    if (!(await cross())) throw new TeleclaudeError('TC_ERR_TRANSPORT', 'the connection broke')
  }
  return {
    intervalMs,
    ttlMs,
    async announce(computer, heartbeat, expected) {
      await crossed()
      const there = standing(computer)
      if (there && !(expected && Buffer.compare(there, expected) === 0)) return there
      carrier.plant(computer, heartbeat, clock.now(), ttlMs)
      return null
    },
    async withdraw(computer, heartbeat) {
      await crossed()
      const there = standing(computer)
      if (there && Buffer.compare(there, heartbeat) === 0) carrier.announced.delete(computer)
    },
    async list(known) {
      await crossed()
      const unlisted = known.filter(name => standing(name) && !carrier.seen.has(name))
      const seen = [...carrier.seen, ...unlisted.map(name => [name, clock.now()] as const)]
      return seen.map(([computer, lastSeen]) => ({ computer, heartbeat: standing(computer), lastSeen }))
    },
    async forget(computer) {
      await crossed()
      if (!standing(computer)) carrier.seen.delete(computer)
    },
  }
}

/** Runs a reader until it is disposed of. */
function reading(read: (ended: () => boolean) => Promise<void>, carrier: MemoryCarrier): Disposable {
  let isOver = false
  void read(() => isOver)
  return {
    [Symbol.dispose]() {
      isOver = true
      carrier.wake()
    },
  }
}

async function receive(line: Line, intake: Intake, ended: () => boolean): Promise<void> {
  const { carrier, computer } = line
  let last = Number(intake.position ?? 0)
  while (!ended()) {
    const letter = carrier.mailboxes.get(computer)?.find(({ number }) => number > last)
    if (!letter || !line.state.up || carrier.frozen) {
      await carrier.changed()
      continue
    }
    if (!(await line.cross().catch(() => false)) || ended()) continue
    if (letter.number > last + 1) intake.lost(`${letter.number - last - 1} messages were trimmed unread`)
    last = letter.number
    carrier.read.set(computer, last)
    line.count('received')
    const mail = { position: String(letter.number), bytes: letter.bytes }
    const reason = await intake.take(mail).catch(error => `it failed: ${messageOf(error)}`)
    if (reason === null) continue
    carrier.dead.set(computer, [...carrier.deadLetters(computer), { bytes: letter.bytes, reason }])
    carrier.wake()
  }
}

interface StreamReader {
  readonly session: SessionId
  readonly afterSeq: number
  readonly sink: EntrySink
}

async function readStream(line: Line, { session, afterSeq, sink }: StreamReader, ended: () => boolean) {
  const { carrier } = line
  let last = afterSeq
  let breaks = line.breaks
  let known = carrier.streams.get(session)
  while (!ended()) {
    if (!line.state.up || carrier.frozen) {
      await carrier.changed()
      continue
    }
    const stream = carrier.streams.get(session)
    if (breaks !== line.breaks || (known && known !== stream)) sink.interrupted()
    breaks = line.breaks
    known = stream
    const entries = stream?.entries.filter(({ seq }) => seq > last).slice(0, READ_AT_ONCE) ?? []
    if (entries.length === 0) {
      await carrier.changed()
      continue
    }
    if (!(await line.cross().catch(() => false)) || ended()) continue
    last = entries.at(-1)?.seq ?? last
    sink.entries(entries)
  }
}
