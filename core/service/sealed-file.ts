import { createHash } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'

/**
 * What is at the place of a service file: nothing; what this program wrote; what it wrote and somebody has edited; or
 * something of somebody else's, a link included.
 */
export type FileState = 'absent' | 'ours' | 'edited' | 'foreign'

export interface FoundFile {
  readonly state: FileState
  readonly text: string
}

const SEAL = /^(?:# |<!-- )Written by 'teleclaude service install'; seal ([0-9a-f]{16})/m

/** The line that says whose file it is, and by which an edit is noticed. */
export function sealOf(content: string): string {
  return `Written by 'teleclaude service install'; seal ${digest(content)}`
}

export function inspectFile(path: string): FoundFile {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return { state: 'absent', text: '' }
  if (!found.isFile()) return { state: 'foreign', text: '' }
  const text = readFileSync(path, 'utf8')
  const seal = SEAL.exec(text)?.[1]
  if (seal === undefined) return { state: 'foreign', text }
  return { state: digest(withoutSeal(text)) === seal ? 'ours' : 'edited', text }
}

/** What changes from one text to the other: its lines, `-` those that go and `+` those that come. */
export function changes(before: string, after: string): readonly string[] {
  const old = linesOf(before)
  const now = linesOf(after)
  return [
    ...old.filter(line => !now.includes(line)).map(line => `- ${line.trim()}`),
    ...now.filter(line => !old.includes(line)).map(line => `+ ${line.trim()}`),
  ]
}

function linesOf(text: string): readonly string[] {
  return withoutSeal(text)
    .split('\n')
    .filter(line => line.trim() !== '')
}

/** Everything but the line of the seal. */
function withoutSeal(text: string): string {
  return text
    .split('\n')
    .filter(line => !SEAL.test(line))
    .join('\n')
}

function digest(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}
