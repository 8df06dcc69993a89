import { basename } from 'node:path'
import { randomId } from '../../../core/index.ts'
import { assetPath } from './assets.ts'
import type { Environment } from './login-environment.ts'
import { writeSecret } from './secret-file.ts'

/** How to start a shell that marks its prompts. */
export interface IntegratedShell {
  readonly args: readonly string[]
  readonly env: Environment
  /** Proves that a mark comes from this shell, and not from something that it prints. */
  readonly secret: string
  /** Where the shell finds the secret. The shell removes it; this is for when it does not come to that. */
  readonly secretFile: string
}

/** In what the shells differ for whoever types at their marked prompts. */
export interface ShellTraits {
  /** Of several lines pasted at once each is a command with a start of its own; otherwise they are one. */
  readonly startsEachPastedLine: boolean
  /** Ctrl-C always gives a new prompt; otherwise an empty one may stay as it is. */
  readonly promptsAfterInterrupt: boolean
  /** What is pasted may have tabs; otherwise the line editor leaves them out. */
  readonly takesTabs: boolean
  /** The exit code of a line that cannot be parsed. */
  readonly syntaxErrorCode: number
}

interface ShellKind {
  readonly traits: ShellTraits
  /** How it comes to read our file. */
  integrate(env: Environment): Pick<IntegratedShell, 'args' | 'env'>
}

const KINDS: Readonly<Record<string, ShellKind>> = {
  bash: {
    traits: { startsEachPastedLine: true, promptsAfterInterrupt: true, takesTabs: true, syntaxErrorCode: 2 },
    integrate: () => ({ args: ['--rcfile', assetPath('bash-integration.bash'), '-i'], env: {} }),
  },
  zsh: {
    traits: { startsEachPastedLine: false, promptsAfterInterrupt: true, takesTabs: true, syntaxErrorCode: 1 },
    integrate: env => ({
      args: ['-o', 'interactive'],
      env: {
        ZDOTDIR: assetPath('zsh'),
        ...(env.ZDOTDIR !== undefined && { TELECLAUDE_ZDOTDIR: env.ZDOTDIR }),
      },
    }),
  },
  fish: {
    traits: {
      startsEachPastedLine: false,
      promptsAfterInterrupt: false,
      takesTabs: false,
      syntaxErrorCode: 127,
    },
    integrate() {
      // From version 4 on fish has marks of its own, and asks the terminal what nobody may be there to answer. Older
      // versions take no notice of features they do not know.
      const args = [
        '--features=no-mark-prompt,no-query-term',
        `--init-command=builtin source ${quoted(assetPath('fish-integration.fish'))}`,
        '--interactive',
      ]
      return { args, env: {} }
    },
  },
}

/** The shells that can be made to mark their prompts, the most usual first. */
export const INTEGRATED_SHELLS: readonly string[] = Object.keys(KINDS)

export function isIntegrated(shell: string): boolean {
  return basename(shell) in KINDS
}

/** @throws TypeError for a shell that cannot be made to mark its prompts */
export function shellTraits(shell: string): ShellTraits {
  return kindOf(shell).traits
}

/** @param folder where a file for this shell alone may be, until the shell has read it */
export function integrate(shell: string, env: Environment, folder: string): IntegratedShell {
  const { args, env: own } = kindOf(shell).integrate(env)
  const secret = randomId(24)
  // Every shell reads files of the computer's or the user's before ours: what they start would inherit a secret.
  const secretFile = writeSecret(folder, secret)
  return { args, env: { ...own, TELECLAUDE_MARK_FILE: secretFile }, secret, secretFile }
}

function kindOf(shell: string): ShellKind {
  const kind = KINDS[basename(shell)]
  if (!kind) throw new TypeError(`${shell} cannot mark its prompts`)
  return kind
}

function quoted(path: string): string {
  return `'${path.replace(/[\\']/g, '\\$&')}'`
}
