import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A process that is spoken with in lines. */
export interface LineProcess extends AsyncDisposable {
  readonly pid: number
  readonly child: ChildProcess
  write(line: string): void
  onLine(listener: (line: string) => void): void
  /** Settles with the next line in which `part` is found. */
  line(part: string): Promise<string>
}

export function startLines(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): LineProcess {
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    child,
    write: line => void child.stdin.write(`${line}\n`),
    onLine: listener => void lines.on('line', listener),
    line: part =>
      new Promise((resolve, reject) => {
        const look = (line: string) => {
          if (!line.includes(part)) return
          lines.off('line', look)
          resolve(line)
        }
        lines.on('line', look)
        ended.then(() => reject(new Error(`${file} ended before it said '${part}'`)))
      }),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      if (child.exitCode === null && child.signalCode === null) child.kill()
      await ended
    },
  }
}

/** Starts a TypeScript file of the benchmarks with the Node.js that runs this. */
export function startScript(url: URL, args: readonly string[] = []): LineProcess {
  return startLines(process.execPath, ['--conditions=teleclaude-source', url.pathname, ...args])
}
