import { TeleclaudeError } from '../../../core/index.ts'

/** Why a file could not be written, as a person is told it; null for what the file system did not say. */
export function fileProblem(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof TeleclaudeError || !/^E[A-Z]+$/.test(code)) return null
  return PROBLEMS[code] ?? code
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk is full',
  EACCES: 'the daemon may not write into its state folder',
  EPERM: 'the daemon may not write into its state folder',
  EROFS: 'its disk cannot be written to',
}
