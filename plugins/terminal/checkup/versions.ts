import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** A program that says its version does so at once; one that waits for something is ended. */
const ANSWER_MS = 3000

/** The version that a program tells, as `5.2.15` or `3.3a`; null where it tells none. Rejects where it does not run. */
export async function versionOf(
  file: string,
  flag: string,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  const limits = { env, timeout: ANSWER_MS, killSignal: 'SIGKILL' } as const
  const { stdout } = await promisify(execFile)(file, [flag], limits)
  return /\d+(?:\.\d+)+[a-z]?/.exec(stdout)?.[0] ?? null
}

export function isOlder(version: string, than: string): boolean {
  const [ours, theirs] = [version, than].map(text => text.split('.').map(part => Number.parseInt(part, 10)))
  const at = (theirs ?? []).findIndex((part, index) => (ours?.[index] ?? 0) !== part)
  return at >= 0 && (ours?.[at] ?? 0) < (theirs?.[at] ?? 0)
}
