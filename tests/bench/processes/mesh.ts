import { sleep, systemClock } from '../../../core/clock.ts'
import { type BenchDaemon, startDaemon } from './daemon.ts'

const SECRET = 'a secret of the benchmarks that is long enough for a mesh'
const LOOK_EVERY_MS = 20

/** Daemons that know each other, by the names of their computers. */
export type BenchMesh<Name extends string> = AsyncDisposable & Readonly<Record<Name, BenchDaemon>>

/**
 * @param urls how each computer reaches Redis
 * @param more plugins that each has beside the usual ones
 */
export async function startMesh<Name extends string>(
  urls: Readonly<Record<Name, string>>,
  more: readonly unknown[] = [],
): Promise<BenchMesh<Name>> {
  await using starting = new AsyncDisposableStack()
  const daemons = new Map<string, BenchDaemon>()
  for (const [name, url] of Object.entries<string>(urls)) {
    const plugins = [['redis', { url }], ...more]
    daemons.set(name, starting.use(await startDaemon({ name, plugins, meshSecret: SECRET })))
  }
  for (const daemon of daemons.values()) await seesAll(daemon, daemons.size)
  const running = starting.move()
  const byName = Object.fromEntries(daemons) as Record<Name, BenchDaemon> // they are those of the urls
  return { ...byName, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

interface Listed {
  readonly computers: readonly { readonly name: string; readonly status: string }[]
}

async function seesAll({ client }: BenchDaemon, count: number): Promise<void> {
  for (;;) {
    const { computers } = await client.call<Listed>('computers.list', {})
    if (computers.filter(({ status }) => status === 'online').length >= count) return
    await sleep(systemClock, LOOK_EVERY_MS)
  }
}
