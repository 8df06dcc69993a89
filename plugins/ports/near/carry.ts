import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Clock, sleep } from '../../../core/index.ts'
import { PIECE_BYTES } from '../piece.ts'

/** Asks the far side of this connection. */
export type AskFar = <T>(operation: 'ports.send' | 'ports.receive', input: object) => Promise<T>

/** So many pieces are on the way at once in each direction while much is carried. */
const MOST_AT_ONCE = 6

/** Well within the time after which the far side takes a silent one for gone. */
const KEEP_UP_MS = 30_000

/** Carries both directions of a connection; settles when both have ended. @throws what either side says */
export async function carry(socket: Socket, ask: AskFar, clock: Clock): Promise<void> {
  const over = new AbortController()
  const broken = new Promise<never>((_resolve, reject) => {
    socket.once('close', () => {
      if (!socket.readableEnded || !socket.writableFinished) reject(clientGone())
    })
  })
  try {
    const there = carryThere(socket, ask).finally(() => over.abort())
    const here = carryHere(socket, ask).then(last => keepUp(last, ask, clock, over.signal))
    await Promise.race([Promise.all([there, here]), broken])
  } catch (error) {
    over.abort()
    // Not by an end, which would say that this was all.
    socket.resetAndDestroy()
    throw error
  }
}

async function carryThere(socket: Socket, ask: AskFar): Promise<void> {
  const sent: Promise<void>[] = []
  let seq = 0
  const send = async (data: Buffer, end: boolean) => {
    const piece = { seq: ++seq, data, end }
    while (!(await ask<{ has_room: boolean }>('ports.send', piece)).has_room);
  }
  const push = async (data: Buffer, end: boolean) => {
    const done = send(data, end)
    done.catch(() => {}) // It is heard of in its turn, or another one failed first.
    sent.push(done)
    if (sent.length >= MOST_AT_ONCE) await sent.shift()
  }
  // Reading on only as pieces are taken there.
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES)
      await push(chunk.subarray(at, at + PIECE_BYTES), false)
  }
  await push(Buffer.alloc(0), true)
  await Promise.all(sent)
}

interface Answer {
  readonly data: Buffer
  readonly end: boolean
  readonly is_late: boolean
}

/** Settles with the number of the last piece. */
async function carryHere(socket: Socket, ask: AskFar): Promise<number> {
  const asked: { seq: number; answer: Promise<Answer> }[] = []
  let next = 1
  let through = 0
  let atOnce = 1
  const askFor = (seq: number) => {
    const answer = ask<Answer>('ports.receive', { seq, through })
    answer.catch(() => {})
    return { seq, answer }
  }
  for (;;) {
    while (asked.length < atOnce) asked.push(askFor(next++))
    const first = asked.shift()
    if (!first || socket.destroyed) throw clientGone()
    const { data, end, is_late } = await first.answer
    if (is_late) {
      asked.unshift(askFor(first.seq))
      atOnce = 1
      continue
    }
    through = first.seq
    atOnce = Math.min(MOST_AT_ONCE, atOnce + 1)
    if (data.length > 0 && !socket.write(data)) await drained(socket)
    if (end) {
      socket.end()
      return first.seq
    }
  }
}

/** While only the other direction is open, and silent, the far side hears that somebody is still here. */
async function keepUp(last: number, ask: AskFar, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(clock, KEEP_UP_MS, signal)
    if (signal.aborted) return
    await ask('ports.receive', { seq: last, through: last - 1 })
  }
}

function clientGone(): Error {
  return new Error('whoever had connected here has gone')
}

async function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  const over = new AbortController()
  const { signal } = over
  try {
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })])
  } finally {
    over.abort()
  }
}
