import type { EnvelopeHeader } from './envelope.ts'

/**
 * Sees from the mail of other computers that one has another daemon now, sooner than by its heartbeat. To be given
 * whatever was taken in. Mail of an earlier run may still come, or be put back by somebody: it tells nothing.
 */
export function createDaemonRuns(
  onReturn: (computer: string) => void,
): (header: Pick<EnvelopeHeader, 'from' | 'boot' | 'at'>) => void {
  const newest = new Map<string, { readonly boot: string; readonly at: number }>()
  return ({ from, boot, at }) => {
    const known = newest.get(from)
    if (known && at < known.at) return
    newest.set(from, { boot, at })
    if (known && known.boot !== boot) onReturn(from)
  }
}
