import { fileURLToPath } from 'node:url'
import { isCheckout } from '../command-line.ts'
import { stateDirPath } from '../state-dir-path.ts'

type Env = Readonly<Record<string, string | undefined>>

/** From core/cli in a checkout, from dist/core/cli in an installed package. */
const root = new URL(isCheckout ? '../../' : '../../../', import.meta.url)

/** The program as other programs start it, wherever they stand. */
export const binPath = fileURLToPath(new URL('bin/teleclaude', root))

/** What a child process of Node.js runs to be this program. */
export const mainPath = fileURLToPath(new URL('bin/teleclaude.mjs', root))

/** The example plugin, which others are made from; the same folder in a checkout and in an installed package. */
export const examplePluginPath = fileURLToPath(new URL('examples/file-adapter/', root))

/** Packs this very program, whose version a registry need not have, and prints the name of the file: a line for a shell. */
export const packLine = `npm pack --silent ${isCheckout ? '' : '--ignore-scripts '}${shellQuote(fileURLToPath(root).replace(/\/$/, ''))}`

/** A word as a shell takes it literally. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The line that adds this program to Claude Code, with the state folder only where it is not the usual one. */
export function claudeCodeLine({ stateDir, env }: { stateDir: string; env: Env }): string {
  const isUsual = stateDir === stateDirPath({ ...env, TELECLAUDE_STATE_DIR: undefined })
  const folder = isUsual ? '' : ` -e ${shellQuote(`TELECLAUDE_STATE_DIR=${stateDir}`)}`
  return `claude mcp add teleclaude${folder} -- ${shellQuote(binPath)} mcp`
}
