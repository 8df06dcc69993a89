import { z } from 'zod'
import {
  type Adapter,
  AdapterError,
  definePlugin,
  type Entry,
  parseCursor,
  type Session,
  toText,
} from '../../../core/index.ts'
import type { FarSide } from '../../../core/testing/index.ts'

type Mood = 'well' | 'dead' | 'stalled' | { readonly retryAfterMs: number }

/** A far side in memory that can do everything an adapter's far side may do: stall, and ask to be left alone. */
export class Loopback implements FarSide<{ token: string; place: string }> {
  static readonly places = new Map<string, Loopback>()
  static #count = 0
  readonly options = { token: 'hunter2-hunter2', place: `place-${Loopback.#count++}` }
  readonly secrets = [this.options.token]
  readonly entries = new Map<string, Entry[]>()
  readonly #waiting = new Set<() => void>()
  #mood: Mood = 'well'

  constructor() {
    Loopback.places.set(this.options.place, this)
  }

  async received(session: Session) {
    return toText(this.entries.get(session.id) ?? [])
  }

  die() {
    this.#mood = 'dead'
  }

  stall() {
    this.#mood = 'stalled'
  }

  limit(retryAfterMs: number) {
    this.#mood = { retryAfterMs }
  }

  heal() {
    this.#mood = 'well'
    for (const go of this.#waiting) go()
    this.#waiting.clear()
  }

  /** What every request goes through. */
  async enter(signal?: AbortSignal) {
    if (this.#mood === 'dead') throw new AdapterError('the far side is away', { retryable: true })
    if (typeof this.#mood === 'object') {
      throw new AdapterError('too many requests', { retryable: true, ...this.#mood })
    }
    if (this.#mood !== 'stalled') return
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  async [Symbol.asyncDispose]() {
    Loopback.places.delete(this.options.place)
  }
}

/** An adapter that does everything right; `faults` makes it do something wrong. */
export function loopbackPlugin(faults: (adapter: Adapter, place: Loopback) => Partial<Adapter> = () => ({})) {
  return definePlugin({
    name: 'loopback',
    summary: 'Carries sessions to a place in memory.',
    options: z.strictObject({ token: z.string(), place: z.string() }),
    setup(ctx, { place: name }) {
      const place = Loopback.places.get(name)
      if (!place) throw new Error(`no place '${name}'`)
      const adapter = loopbackAdapter(place)
      ctx.client.register({ ...adapter, ...faults(adapter, place) })
    },
  })
}

function loopbackAdapter(place: Loopback): Adapter {
  const entriesOf = (session: Session) => place.entries.get(session.id) ?? []
  return {
    type: 'loopback',
    supports: { stream: true, edit: false, files: false, threads: true },
    async createChannel() {
      await place.enter()
      return { place: place.options.place }
    },
    async sendMessage(session, batch, signal) {
      await place.enter(signal)
      const known = entriesOf(session)
      const lastSeq = known.at(-1)?.seq ?? 0
      place.entries.set(session.id, [...known, ...batch.entries.filter(entry => entry.seq > lastSeq)])
    },
    async *streamMessages(session, since, signal) {
      let { seq } = parseCursor(since)
      while (!signal.aborted) {
        const next = entriesOf(session).find(entry => entry.seq > seq)
        if (!next) return
        seq = next.seq
        yield next
      }
    },
    getMessages: async (session, limit) => entriesOf(session).slice(-limit),
  }
}
