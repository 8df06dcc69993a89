import { startLines, startScript } from '../measure/child-lines.ts'
import { type BenchDaemon, BIN } from './daemon.ts'

const PROGRAMS = ['echo', 'sink', 'source'] as const

/** Ports of 127.0.0.1 behind which these programs are. */
export type Ports = Readonly<Record<(typeof PROGRAMS)[number], number>>

/** @param bytes how many the source sends */
export async function startPrograms(bytes: number): Promise<Ports & AsyncDisposable> {
  const programs = startScript(new URL('tcp-programs.ts', import.meta.url), [String(bytes)])
  const [, ...ports] = (await programs.line('ports')).split(' ')
  const byName = Object.fromEntries(PROGRAMS.map((name, at) => [name, Number(ports[at])]))
  return {
    ...(byName as Ports), // it has all of the names
    [Symbol.asyncDispose]: () => programs[Symbol.asyncDispose](),
  }
}

/** `teleclaude forward` to each of another computer's programs. */
export async function forwardPrograms(
  here: BenchDaemon,
  computer: string,
  programs: Ports,
): Promise<Ports & AsyncDisposable> {
  await using opening = new AsyncDisposableStack()
  const ports = PROGRAMS.map(async name => {
    const args = ['forward', String(programs[name]), '--computer', computer, '--local', '0', '--json']
    const forward = opening.use(startLines(BIN, args, here.env))
    const { port } = JSON.parse(await forward.line('"listening"')) as { port: number }
    return [name, port] as const
  })
  const byName = Object.fromEntries(await Promise.all(ports)) as Ports // it has all of the names
  const open = opening.move()
  return { ...byName, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
