/** What the caller of a request is told whose own daemon has gone, and where nobody knows what became of it. */
export const [ENDED, UNKNOWN] = ['TC_ERR_NOT_RUNNING', 'TC_ERR_OUTCOME_UNKNOWN']

const VICTIMS: Readonly<Record<string, readonly string[]>> = {
  'the origin': ['origin'],
  'the target': ['target'],
  both: ['origin', 'target'],
}

/** What its caller is told, and how often it is done: after a kill of the origin, of the target, of both. */
const OUTCOMES = {
  'before it is taken': [
    [ENDED, 1],
    ['done', 1],
    [ENDED, 1],
  ],
  'while it runs': [
    [ENDED, 1],
    [UNKNOWN, 0],
    [ENDED, 0],
  ],
  'after its effect and before its answer': [
    [ENDED, 1],
    [UNKNOWN, 1],
    [ENDED, 1],
  ],
  'after the answer': [
    ['done', 1],
    ['done', 1],
    ['done', 1],
  ],
} as const

/** The stage of a request at which a daemon is killed. */
export type KillStage = keyof typeof OUTCOMES

/** A request that was brought to a stage. */
export interface Brought {
  /** As the one who asked for it sees it. */
  readonly outcome: Promise<string>
  /** Lets go whoever still lives. */
  goOn(): void
}

/** Every daemon, killed at every stage of a request. */
export const KILL_CASES = (Object.keys(OUTCOMES) as KillStage[]).flatMap(stage =>
  Object.entries(VICTIMS).map(([whom, names], at) => {
    const [told, count] = OUTCOMES[stage][at] ?? ['', 0]
    return { stage, whom, names, told, count }
  }),
)
