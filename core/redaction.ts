const BLACKED_OUT = '[redacted]'

/** Names of fields that hold secrets, as part of the name and in any case. */
const SECRET_NAME =
  /token|passw(or)?d|passphrase|secret|authorization|cookie|credential|api[-_]?key|private[-_]?key/i
/** The user and password of a URL. */
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#"'@]{1,200}@/gi
/** A shorter one is as likely to be an ordinary word. */
const MIN_SECRET_LENGTH = 6

/** A line of JSON without what looks like a secret: fields with a telling name, passwords in URLs, and `secrets` themselves. */
export function redactLine(line: string, secrets: ReadonlySet<string>): string {
  const known = [...secrets].filter(secret => secret.length >= MIN_SECRET_LENGTH)
  if (!isSuspicious(line, known)) return line
  const clean = JSON.parse(line, (name, value: unknown) => {
    if (value !== null && SECRET_NAME.test(name)) return BLACKED_OUT
    return typeof value === 'string' ? redactText(value, known) : value
  })
  return `${JSON.stringify(clean)}\n`
}

/** Text without passwords in URLs and without `secrets`. */
export function redactText(text: string, secrets: Iterable<string>): string {
  let clean = text.replace(URL_CREDENTIALS, `$1${BLACKED_OUT}@`)
  for (const secret of secrets) clean = clean.replaceAll(secret, BLACKED_OUT)
  return clean
}

/** Most lines are not, and need no parsing. A secret may be escaped in the line, so any backslash counts too. */
function isSuspicious(line: string, known: readonly string[]): boolean {
  if (line.includes('://') || SECRET_NAME.test(line)) return true
  return known.some(secret => line.includes(secret)) || (known.length > 0 && line.includes('\\'))
}
