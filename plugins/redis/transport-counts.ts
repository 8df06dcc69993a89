/** What passed and what did not, since the start. */
export interface TransportCounts {
  /** Messages that Redis has taken. */
  sent: number
  /** Messages of which it is not known whether Redis has them. */
  sentUnknown: number
  /** Mail that was taken in. */
  received: number
  /** Mail that was put among the dead letters. */
  dead: number
  /** How often mail was missing. */
  lost: number
  entriesWritten: number
  entriesRead: number
  /** Connections that read, made anew. */
  reconnects: number
  /** How often the blocked reader was woken. */
  wakes: number
  /** Commands to the reader that failed otherwise than by a lost connection. */
  readErrors: number
  /** Streams without an end of life that the sweep found. */
  swept: number
}

export function createCounts(): TransportCounts {
  return {
    sent: 0,
    sentUnknown: 0,
    received: 0,
    dead: 0,
    lost: 0,
    entriesWritten: 0,
    entriesRead: 0,
    reconnects: 0,
    wakes: 0,
    readErrors: 0,
    swept: 0,
  }
}
