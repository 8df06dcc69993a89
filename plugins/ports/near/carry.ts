import { once } from 'node:events'
import type { Socket } from 'node:net'
import { PIECE_BYTES } from '../piece.ts'

/** Asks the far side of this connection. */
export type AskFar = <T>(operation: 'ports.send' | 'ports.receive', input: object) => Promise<T>

/** So many pieces are on the way at once in each direction while much is carried. */
const MOST_AT_ONCE = 6

/** Carries both directions of a connection; settles when both have ended. @throws what either side says */
export async function carry(socket: Socket, ask: AskFar): Promise<void> {
  try {
    await Promise.all([carryThere(socket, ask), carryHere(socket, ask)])
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function carryThere(socket: Socket, ask: AskFar): Promise<void> {
  const sent: Promise<void>[] = []
  let seq = 0
  const send = async (data: Buffer, end: boolean) => {
    const piece = { seq: ++seq, data: data.toString('base64'), end }
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
  readonly data: string
  readonly end: boolean
  readonly is_late: boolean
}

async function carryHere(socket: Socket, ask: AskFar): Promise<void> {
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
    if (!first) return
    const { data, end, is_late } = await first.answer
    if (is_late) {
      asked.unshift(askFor(first.seq))
      atOnce = 1
      continue
    }
    through = first.seq
    atOnce = Math.min(MOST_AT_ONCE, atOnce + 1)
    if (data && !socket.write(Buffer.from(data, 'base64'))) await drained(socket)
    if (end) return void socket.end()
  }
}

async function drained(socket: Socket): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  try {
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })])
  } finally {
    over.abort()
  }
}
