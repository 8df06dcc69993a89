/** A heading of the story. */
export function step(text: string): void {
  process.stdout.write(`\n── ${text}\n`)
}

/** What was said or printed meanwhile. */
export function tell(text: string): void {
  for (const line of text.trimEnd().split('\n')) process.stdout.write(`   ${line}\n`)
}

/** The story checks itself: of an object, the fields that are expected. */
export function expect(found: unknown, expected: unknown): void {
  const relevant =
    typeof expected === 'object' && expected && !Array.isArray(expected)
      ? // An object, since it was compared with one.
        Object.fromEntries(Object.keys(expected).map(key => [key, (found as Record<string, unknown>)[key]]))
      : found
  const [is, shouldBe] = [JSON.stringify(relevant), JSON.stringify(expected)]
  if (is !== shouldBe) throw new Error(`expected ${shouldBe}, found ${is}`)
}
