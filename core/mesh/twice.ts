/** Does something, and once more at once where `isWorthIt` says so of what it threw: what failed may have been over by then. */
export function twice<T>(work: () => T, isWorthIt: (error: unknown) => boolean = () => true): T {
  try {
    return work()
  } catch (error) {
    if (!isWorthIt(error)) throw error
    return work()
  }
}
