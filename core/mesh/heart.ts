/** Whether this computer has its name in the mesh. */
export type Membership =
  | { readonly joined: true }
  /** `problem` says why not (not yet connected, the name is taken, …) and what to do about it. */
  | { readonly joined: false; readonly problem: string }

/** Announces this computer and looks who else is there. */
export interface Heart {
  readonly membership: Membership
  /** Gathers facts, announces them, and lists the others. Never rejects: what went wrong is in `membership`. Never runs twice at once. */
  beat(): Promise<void>
  /** Lists the others, unless that was done within `maxAgeMs`. Never rejects. */
  refresh(maxAgeMs: number): Promise<void>
  /** Beats at every interval, and when the carrier has returned. */
  start(): void
  /** Takes the announcement back. */
  stop(): Promise<void>
}
