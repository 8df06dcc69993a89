/** What is being done for other computers. */
export interface RunningRequests {
  readonly size: number
  /** The signal that aborts when the request is cancelled. */
  begin(from: string, id: string): AbortSignal
  end(from: string, id: string): void
  has(from: string, id: string): boolean
  /** How many of one computer's run. */
  of(from: string): number
  abort(from: string, id: string): void
  abortAll(): void
}

export function createRunningRequests(): RunningRequests {
  const running = new Map<string, Map<string, AbortController>>()
  let size = 0
  return {
    get size() {
      return size
    },
    begin(from, id) {
      const controller = new AbortController()
      const own = running.get(from) ?? new Map<string, AbortController>()
      running.set(from, own.set(id, controller))
      size += 1
      return controller.signal
    },
    end(from, id) {
      const own = running.get(from)
      if (own?.delete(id)) size -= 1
      if (own?.size === 0) running.delete(from)
    },
    has: (from, id) => running.get(from)?.has(id) ?? false,
    of: from => running.get(from)?.size ?? 0,
    abort: (from, id) => running.get(from)?.get(id)?.abort(),
    abortAll() {
      for (const own of running.values()) for (const controller of own.values()) controller.abort()
    },
  }
}
