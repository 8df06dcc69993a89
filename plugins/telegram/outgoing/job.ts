/** What goes first: a result, then an answer to a person, then live output. */
export type Priority = 'final' | 'reply' | 'live'

/**
 * What counts against no chat's budget: what a person who pressed a button waits for, what else people are shown or
 * send, and what tells Telegram of the bot.
 */
export type FreeKind = 'press' | 'people' | 'setup'

/** What a call settles with that asked nothing of Telegram after all: its turn costs nothing. */
export const UNUSED = Symbol('unused')

/** One call of the Bot API that counts against a chat's budget. */
export interface OutgoingJob<T> {
  /** Whose budget pays. Groups are negative. */
  readonly chat: number
  /** Whose turn it is: one session, or one person. Jobs of one lane and priority run one at a time, in order. */
  readonly lane: string
  readonly priority: Priority
  /** Takes the job back: it rejects with TC_ERR_CANCELLED. What is under way already is told through `call`'s signal. */
  readonly signal?: AbortSignal
  /**
   * Makes one call of the Bot API, which must end by itself (`BotApi.call` does). It runs when the job's turn comes, and
   * anew each time the job is tried again, so that what it sends is what is true then. It may settle with {@link UNUSED}.
   */
  call(signal: AbortSignal): Promise<T>
}

/** How many calls Telegram lets a bot make. */
export interface OutgoingBudgets {
  /** Per group, in any minute: messages, edits and changes of topics alike. */
  readonly perMinute: number
  /** Per chat, in any second. */
  readonly perSecond: number
  /** In all, in any second. */
  readonly botPerSecond: number
  /** How many of a group's `perMinute` may be live output. */
  readonly livePerMinute: number
}

/** What Telegram is known to allow. It guarantees none of it, so `retry_after` has the last word. */
export const telegramBudgets: OutgoingBudgets = {
  perMinute: 20,
  perSecond: 1,
  botPerSecond: 30,
  livePerMinute: 12,
}

/** How it goes. */
export interface OutgoingStatus {
  /** Jobs that wait for their turn. */
  readonly waiting: number
  /** Until when Telegram asked to wait, in milliseconds since the epoch; of several chats, the latest. */
  readonly pausedUntil: number | null
  /** Why nothing can be sent now. */
  readonly problem: string | null
  /** Calls that succeeded since the start. */
  readonly sent: Readonly<Record<Priority | 'free', number>>
  /** How often Telegram answered that there were too many. */
  readonly limited: number
  /** Calls that are tried again because Telegram could not be reached. */
  readonly repeated: number
}

/** Everything that one bot sends, in one order. */
export interface Outgoing {
  /**
   * Waits for the job's turn and settles as its call does. A call that Telegram limits (`retry_after`, kept to exactly,
   * for the whole chat) or that does not reach Telegram is tried again by itself, however long that takes; any other
   * fault rejects. A call whose outcome is not known is repeated: a message that comes twice is better than a lost one.
   *
   * Of live jobs a lane has one: a newer takes the waiting one's place, which rejects with TC_ERR_CANCELLED.
   *
   * @throws TeleclaudeError TC_ERR_BUSY at once where too much waits already, TC_ERR_CANCELLED after {@link Outgoing.close}
   */
  submit<T>(job: OutgoingJob<T>): Promise<T>
  /**
   * The same for a call that counts against no chat's budget, such as answerCallbackQuery, getFile or setMyCommands. Where
   * Telegram limits one, those of its kind wait.
   */
  submitFree<T>(kind: FreeKind, call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
  status(): OutgoingStatus
  /** Takes nothing more, takes back what waits, and lets what is under way end. */
  close(): Promise<void>
}
