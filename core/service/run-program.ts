import { execFile } from 'node:child_process'
import { TeleclaudeError } from '../errors.ts'

export interface Ran {
  /** Null where there is no such program, or it was ended. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type RunProgram = (...words: readonly string[]) => Promise<Ran>

/** For a question: service managers answer at once, or hang. */
export const ASK_MS = 10_000
/** For a change: more than a daemon may take to end, which `stop` waits for. */
export const ACT_MS = 120_000

/** Runs programs to their end, with messages in English; a failure is a result, and so is one that takes too long. */
export function programRunner(
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): RunProgram {
  return (command = '', ...args) =>
    new Promise(resolve => {
      execFile(
        command,
        args,
        { env: { ...env, LC_ALL: 'C' }, timeout: timeoutMs },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
          const isMissing = error !== null && (error.code as unknown) === 'ENOENT' // a string where it did not start
          const isLate = error?.killed === true && `${command} does not answer within ${timeoutMs / 1000} s`
          resolve({ code, stdout, stderr: isMissing ? `there is no ${command} here` : isLate || stderr })
        },
      )
    })
}

/** @throws TC_ERR_SUPERVISOR with what the program said */
export async function runOrThrow(run: RunProgram, words: readonly string[]): Promise<void> {
  const { code, stderr, stdout } = await run(...words)
  if (code === 0) return
  const said = (stderr || stdout).trim().slice(0, 1000) || `it exited with code ${code}`
  throw new TeleclaudeError('TC_ERR_SUPERVISOR', `\`${words.join(' ')}\` failed: ${said}`)
}
