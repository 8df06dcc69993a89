import { TeleclaudeError } from '../../../core/index.ts'

/** What each key sends, in xterm's encoding. Cursor keys depend on the program's mode and are apart. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ['enter', '\r'],
  ['return', '\r'],
  ['tab', '\t'],
  ['shift-tab', '\x1b[Z'],
  ['esc', '\x1b'],
  ['escape', '\x1b'],
  ['space', ' '],
  ['backspace', '\x7f'],
  ['delete', '\x1b[3~'],
  ['insert', '\x1b[2~'],
  ['pageup', '\x1b[5~'],
  ['pagedown', '\x1b[6~'],
  ...functionKeys(),
  ...controlKeys(),
])

const CURSOR_KEYS: ReadonlyMap<string, string> = new Map([
  ['up', 'A'],
  ['down', 'B'],
  ['right', 'C'],
  ['left', 'D'],
  ['end', 'F'],
  ['home', 'H'],
])

const MODIFIERS: ReadonlyMap<string, number> = new Map([
  ['shift', 2],
  ['alt', 3],
  ['ctrl', 5],
])

function functionKeys(): [string, string][] {
  const codes = ['\x1bOP', '\x1bOQ', '\x1bOR', '\x1bOS']
  const numbers = [15, 17, 18, 19, 20, 21, 23, 24].map(number => `\x1b[${number}~`)
  return [...codes, ...numbers].map((code, i) => [`f${i + 1}`, code])
}

function controlKeys(): [string, string][] {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'].map((letter, i) => [letter, i + 1] as const)
  const others = [
    ['space', 0],
    ['@', 0],
    ['[', 27],
    ['\\', 28],
    [']', 29],
    ['^', 30],
    ['_', 31],
  ] as const
  return [...letters, ...others].map(([name, code]) => [`ctrl-${name}`, String.fromCharCode(code)])
}

/**
 * The bytes for keys by name: `enter`, `ctrl-c`, `up`, `f5`, `alt-x`, `ctrl-right`, or one character.
 * @throws TC_ERR_UNKNOWN_KEY, with the names that come closest
 */
export function encodeKeys(names: readonly string[], applicationCursor: boolean): string {
  return names.map(name => encodeKey(name, applicationCursor)).join('')
}

function encodeKey(name: string, applicationCursor: boolean): string {
  const key = name.toLowerCase().replace(/^(c|control)-/, 'ctrl-')
  if (isCharacter(name)) return name
  const bytes = plainKey(key, applicationCursor) ?? modifiedCursorKey(key) ?? altKey(name, applicationCursor)
  if (bytes !== undefined) return bytes
  const known = [...KEYS.keys(), ...CURSOR_KEYS.keys(), 'alt-<character>']
  const closest = known.sort((a, b) => distance(a, key) - distance(b, key)).slice(0, 3)
  throw new TeleclaudeError(
    'TC_ERR_UNKNOWN_KEY',
    `There is no key '${name.slice(0, 40)}'. Closest: ${closest.join(', ')}. To type text, send it as text.`,
  )
}

function plainKey(key: string, applicationCursor: boolean): string | undefined {
  const cursor = CURSOR_KEYS.get(key)
  return cursor ? `\x1b${applicationCursor ? 'O' : '['}${cursor}` : KEYS.get(key)
}

function modifiedCursorKey(key: string): string | undefined {
  const [, modifier, name] = /^([a-z]+)-([a-z]+)$/.exec(key) ?? []
  const cursor = CURSOR_KEYS.get(name ?? '')
  const number = MODIFIERS.get(modifier ?? '')
  return cursor && number ? `\x1b[1;${number}${cursor}` : undefined
}

function altKey(name: string, applicationCursor: boolean): string | undefined {
  const key = /^(?:alt|meta|m)-(.+)$/is.exec(name)?.[1]
  if (key === undefined) return undefined
  const bytes = isCharacter(key) ? key : plainKey(key.toLowerCase(), applicationCursor)
  return bytes === undefined ? undefined : `\x1b${bytes}`
}

function isCharacter(name: string): boolean {
  return [...name].length === 1 && !/[\u0000-\u001f\u007f-\u009f]/.test(name)
}

/** How many letters have to be changed, added or taken away. Names are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
