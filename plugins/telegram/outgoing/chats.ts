import { chatBudget, freeBudget } from './chat-budget.ts'
import { ChatQueue } from './chat-queue.ts'
import type { FreeKind, OutgoingBudgets } from './job.ts'

/** A bot of one group and a few people has few chats; beyond this the idle ones are forgotten. */
const MAX_REMEMBERED = 100

/** The queues of all chats, which take turns. */
export class Chats {
  readonly #budgets: OutgoingBudgets
  readonly #free = new Map<FreeKind, ChatQueue>()
  readonly #byId = new Map<number, ChatQueue>()
  readonly #turns = new Set<ChatQueue>()

  constructor(budgets: OutgoingBudgets) {
    this.#budgets = budgets
  }

  [Symbol.iterator](): Iterator<ChatQueue> {
    return this.#turns.values()
  }

  /** Of calls that count against no chat. What Telegram limits of one kind says nothing of another. */
  free(kind: FreeKind, now: number): ChatQueue {
    const known = this.#free.get(kind)
    if (known) return known
    const made = new ChatQueue(freeBudget(this.#budgets, now))
    this.#free.set(kind, made)
    this.#turns.add(made)
    return made
  }

  at(chat: number, now: number): ChatQueue {
    const known = this.#byId.get(chat)
    if (known) return known
    if (this.#byId.size >= MAX_REMEMBERED) this.#forgetIdle(now)
    const made = new ChatQueue(chatBudget(chat, this.#budgets, now))
    this.#byId.set(chat, made)
    this.#turns.add(made)
    return made
  }

  /** The chat has a new id: what it has used and what waits for it stays, under both. */
  move(from: number, to: number): void {
    const queue = this.#byId.get(from)
    if (queue && !this.#byId.has(to)) this.#byId.set(to, queue)
  }

  /** Whose job may begin first, and when: now, later, or (Infinity) after something else. */
  soonest(now: number): { readonly queue: ChatQueue | null; readonly at: number } {
    let soonest: ReturnType<Chats['soonest']> = { queue: null, at: Number.POSITIVE_INFINITY }
    for (const queue of this.#turns) {
      const at = queue.nextAt(now)
      if (at < soonest.at) soonest = { queue, at }
      if (at <= now) break
    }
    return soonest
  }

  /** The chat had its turn. */
  rotate(queue: ChatQueue): void {
    this.#turns.delete(queue)
    this.#turns.add(queue)
  }

  #forgetIdle(now: number): void {
    for (const [chat, queue] of this.#byId) {
      if (!queue.isIdle || !queue.budget.isFresh(now)) continue
      this.#byId.delete(chat)
      this.#turns.delete(queue)
    }
  }
}
