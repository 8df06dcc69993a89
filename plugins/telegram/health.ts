/** Why the plugin works only in part: several parts of it may have their reasons at once. */
export interface Health {
  /** Null when it is well again. */
  set(part: string, problem: string | null): void
}

/** @param tell told of the oldest problem that is left */
export function createHealth(tell: (problem: string | null) => void): Health {
  const problems = new Map<string, string>()
  return {
    set(part, problem) {
      const [before] = problems.values()
      if (problem === null) problems.delete(part)
      else problems.set(part, problem)
      const [now] = problems.values()
      if (now !== before) tell(now ?? null)
    },
  }
}
