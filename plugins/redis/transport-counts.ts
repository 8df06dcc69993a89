/** What passed and what did not, since the start. */
export interface TransportCounts {
  /** Messages that Redis has taken. */
  sent: number
  /** Messages of which it is not known whether Redis has them. */
  sent_unknown: number
  /** Mail that was taken in. */
  received: number
  /** Mail that was put among the dead letters. */
  dead: number
  /** How often mail was missing. */
  lost: number
  entries_written: number
  entries_read: number
  /** Connections that read, made anew. */
  reconnects: number
  /** How often the blocked reader was woken. */
  wakes: number
  /** How often reading, or making the connection for it, failed. */
  read_failures: number
  /** Streams without an end of life that the sweep found. */
  swept: number
}

export function createCounts(): TransportCounts {
  return {
    sent: 0,
    sent_unknown: 0,
    received: 0,
    dead: 0,
    lost: 0,
    entries_written: 0,
    entries_read: 0,
    reconnects: 0,
    wakes: 0,
    read_failures: 0,
    swept: 0,
  }
}
