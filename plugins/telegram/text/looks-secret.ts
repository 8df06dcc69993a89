/** How a value is written: in quotes, behind `=` without blanks, behind `:` or blanks, behind a flag of a command. */
export type ValueForm = 'quoted' | 'tight' | 'loose' | 'flag'

/** What stands where a secret would: a variable, a placeholder, something that is masked. */
const STANDS_FOR_ONE =
  /^(?:\$\{?[A-Za-z_]\w*\}?$|\$[({]|%[A-Za-z_]\w*%|%[sdv]$|[<{[(«]|[*•.…x_-]+$|@|env[.(]|process\.)/i
const WORDS = new Set(
  (
    'null nil none undefined true false yes no on off ok string str text number int integer bool boolean bytes buffer any ' +
    'unknown never void object record optional required missing invalid incorrect wrong expired empty unset set changed ' +
    'default hidden redacted masked removed secret password passwd passphrase token key value prompt stdin file env'
  ).split(' '),
)
const LONGEST_WORD = 20
/** A member or a call, in a program's text. */
const CODE = /^[A-Za-z_$]+(?:\?\.|\.(?=[A-Za-z_$])|[([<])/
const IDENTIFIER = /^[A-Za-z_$.?!-]+$/
const PLACE = /^(?:\.{0,2}\/|~\/|https?:\/\/|[A-Za-z]:\\)/

/** Whether a value that is called a password is one; `rest` is what follows it. */
export function isPassword(value: string, form: ValueForm, rest = ''): boolean {
  if (standsForOne(value)) return false
  if (form === 'quoted') return !/pass(?:word|phrase)/i.test(value)
  if (PLACE.test(value) || /^[A-Za-z_$][\w$.]*\(/.test(value)) return false
  if (form === 'tight') return !/^[\w$.]*(?:password|passwd|passphrase|pwd)$/i.test(value)
  if (CODE.test(value)) return false
  // A lone word at the end of a line is a setting; one that goes on, or ends a statement, is prose or a program.
  return !IDENTIFIER.test(value) || (value.length >= 4 && /^[ \t]*(?:\n|$)/.test(rest))
}

/** Whether a value looks made up by a program, as a token does. */
export function isRandom(value: string, form: ValueForm): boolean {
  if (value.length < (form === 'flag' ? 6 : 8) || /\s/.test(value)) return false
  if (standsForOne(value) || PLACE.test(value) || (form !== 'quoted' && CODE.test(value))) return false
  if (/[A-Za-z]/.test(value) && /\d/.test(value)) return true
  if (form === 'flag') return /[A-Za-z]/.test(value) && !IDENTIFIER.test(value)
  return form !== 'loose' && isLongMixture(value)
}

/** Letters only, but no words: of both cases, and nowhere six small ones in a row. */
function isLongMixture(value: string): boolean {
  const isOneWord = value.length >= 16 && /^[A-Za-z+/=]+$/.test(value)
  return isOneWord && /[a-z]/.test(value) && /[A-Z]/.test(value) && !/[a-z]{6}/.test(value)
}

function standsForOne(value: string): boolean {
  return STANDS_FOR_ONE.test(value) || isPlainWord(value)
}

function isPlainWord(value: string): boolean {
  return value.length <= LONGEST_WORD && WORDS.has(value.replace(/[^A-Za-z0-9]+$/, '').toLowerCase())
}
