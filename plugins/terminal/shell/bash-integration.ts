import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomId, TeleclaudeError } from '../../../core/index.ts'

/** How to start a shell that marks its prompts. */
export interface IntegratedShell {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Proves that a mark comes from this shell, and not from something that it prints. */
  readonly secret: string
}

/** The shells that can be made to mark their prompts. */
export const INTEGRATED_SHELLS: readonly string[] = ['bash']

export function isIntegrated(shell: string): boolean {
  return INTEGRATED_SHELLS.includes(basename(shell))
}

export function integrateBash(): IntegratedShell {
  const secret = randomId(24)
  return {
    args: ['--rcfile', rcFile(), '-i'],
    env: { TELECLAUDE_MARK_SECRET: secret },
    secret,
  }
}

/** The asset is shipped as it is, beside the sources or, when these are compiled, two folders up from `dist`. */
function rcFile(): string {
  const places = [
    '../assets/bash-integration.bash',
    '../../../../plugins/terminal/assets/bash-integration.bash',
  ]
  const paths = places.map(place => fileURLToPath(new URL(place, import.meta.url)))
  const path = paths.find(path => existsSync(path))
  if (path) return path
  throw new TeleclaudeError(
    'TC_ERR_INTERNAL',
    `bash's prompt marks are missing from this installation (${paths[0]}). Install it again.`,
  )
}
