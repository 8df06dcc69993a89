import type { Intake } from '../transport.ts'

/** Why mail was not taken in, counted. */
export type MailFault =
  | 'unreadable' // not an envelope, truncated, too large
  | 'wrong_recipient'
  | 'wrong_version'
  | 'unknown_sender'
  | 'unknown_secret'
  | 'forged' // cannot be opened with the pinned key
  | 'expired' // or not yet valid
  | 'malformed' // opened, but not what the protocol says
  | 'lost' // dropped by the carrier before it was read

/** The intake of the mesh: opens what comes, checks it, and hands it on. */
export interface MeshIntake extends Intake {
  counts(): Readonly<Record<MailFault, number>>
}
