import { basename } from 'node:path'
import { type ShellTraits, shellTraits } from '../../../../plugins/terminal/shell/integration.ts'
import type { Program } from '../../../support/debian.ts'
import { findShell } from '../../../support/shell-programs.ts'

/** A shell that the conformance suite runs, and how one says things in its language. */
export interface ShellUnderTest {
  readonly name: string
  readonly program: Program
  /** What the product says of it. */
  readonly traits: ShellTraits
  /** Its rc file, as a path in the home folder. */
  readonly rcFile: string
  /** An rc file that gives a short prompt and nothing else. */
  readonly quietRc: string
  /** A line that cannot be parsed. */
  readonly syntaxError: string
  /** A line that begins a command and does not end it, and what the terminal shows when the shell waits for more. */
  readonly unfinished: readonly [string, RegExp]
  /** Files of the home folder that it would make by itself, in the background. */
  readonly files?: Readonly<Record<string, string>>
  /** How the shell starts one of its kind that runs no rc files. */
  readonly plain: string
  /** Ends an rc file and the shell with 3. */
  readonly quit: string
  /** Reads a line of input. */
  readonly readLine: string
}

async function define(about: Omit<ShellUnderTest, 'program' | 'traits'>): Promise<ShellUnderTest> {
  const program = await findShell(about.name)
  return { ...about, program, traits: shellTraits(basename(program.path)) }
}

// Found before any test changes HOME, in which the shells are that had to be fetched.
export const bash = await define({
  name: 'bash',
  rcFile: '.bashrc',
  quietRc: `PS1='$ '`,
  syntaxError: 'echo )',
  unfinished: ['for i in 1', /in 1.*> $/s],
  plain: 'bash --norc',
  quit: 'exit 3',
  readLine: 'read x',
})

export const zsh = await define({
  name: 'zsh',
  rcFile: '.zshrc',
  quietRc: `PS1='%% '`,
  syntaxError: 'echo )',
  unfinished: ['for i in 1', /for> /],
  plain: '$SHELL -f',
  quit: 'exit 3',
  readLine: 'read x',
})

export const fish = await define({
  name: 'fish',
  rcFile: '.config/fish/config.fish',
  quietRc: `function fish_prompt; echo '> '; end; function fish_greeting; end`,
  syntaxError: 'echo )',
  unfinished: ['for i in 1', /1\r\n/],
  plain: '$SHELL --no-config',
  files: { '.local/share/fish/generated_completions/none': '' },
  // Its `exit` leaves the rc file only.
  quit: `exec sh -c 'exit 3'`,
  readLine: `bash -c 'read x'`,
})

export const shells: readonly ShellUnderTest[] = [bash, zsh, fish]
