import type { SessionId } from '../../core/index.ts'

/** The names of everything that this plugin keeps in Redis. */
export interface Keys {
  readonly prefix: string
  /** The mailbox of a computer; a stream. */
  messages(computer: string): string
  /** How far a computer has read its mailbox, for those who write to it; an id. */
  read(computer: string): string
  /** What could not be taken in from a computer's mailbox, and why; a stream. */
  dead(computer: string): string
  /** What a watched session printed; a stream with the ids `<seq>-0`. */
  output(session: SessionId): string
  /** The sealed heartbeat of a computer; a string that expires. */
  computer(name: string): string
  /** When each computer was last seen; a sorted set. */
  readonly computers: string
  /** Wakes the blocked reader of a computer; a stream of one entry. */
  wake(computer: string): string
}

export function createKeys(prefix: string): Keys {
  return {
    prefix,
    messages: computer => `${prefix}messages:${computer}`,
    read: computer => `${prefix}messages:${computer}:read`,
    dead: computer => `${prefix}messages:${computer}:dead`,
    output: session => `${prefix}output:${session}`,
    computer: name => `${prefix}computer:${name}`,
    computers: `${prefix}computers`,
    wake: computer => `${prefix}wake:${computer}`,
  }
}
