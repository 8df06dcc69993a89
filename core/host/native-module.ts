import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { messageOf } from '../errors.ts'
import { fail, type Look, ok } from './finding.ts'

/** A module with compiled code, and what it is tried with. */
export interface NativeModule {
  readonly name: string
  /** The source of a function of what the module exports; what it returns is told. */
  readonly use: string
  /** What to type where it does not load. */
  readonly fix: string
  /** The file that it is looked for from: `import.meta.url`. */
  readonly from: string | URL
}

/** A cold start on a busy computer, with room. */
const LOAD_MS = 10_000

/** For a checkup: loads a module in a process of its own, since one that was built for another Node.js may end it. */
export async function checkNativeModule({ name, use, fix, from }: NativeModule): Look {
  try {
    const script = `process.stdout.write(String((${use})(require(process.argv[1]))))`
    const path = createRequire(from).resolve(name)
    const limits = { timeout: LOAD_MS, killSignal: 'SIGKILL' } as const
    return ok((await promisify(execFile)(process.execPath, ['-e', script, path], limits)).stdout)
  } catch (error) {
    return fail(whyNot(error), fix)
  }
}

function whyNot(error: unknown): string {
  // What execFile rejects with, and what the search for the module throws.
  const { killed, signal, stderr } = error as { killed?: boolean; signal?: string; stderr?: string }
  if (killed) return `does not load within ${LOAD_MS / 1000} s`
  if (signal) return `ends Node.js ${process.versions.node} with ${signal} when it is loaded`
  const told = stderr?.split('\n').find(line => /^\w*Error\b/.test(line)) ?? messageOf(error).split('\n')[0]
  return told ?? 'does not load'
}
