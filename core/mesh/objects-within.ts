/** Every object and list in a value read from the wire, but for bytes, and how deep: 1 is the value itself. Without recursion: how deep it goes is the sender's choice. */
export function* objectsWithin(value: unknown): Generator<{ readonly one: object; readonly depth: number }> {
  const left = isObject(value) ? [{ one: value, depth: 1 }] : []
  for (let next = left.pop(); next; next = left.pop()) {
    yield next
    for (const inner of Object.values(next.one))
      if (isObject(inner)) left.push({ one: inner, depth: next.depth + 1 })
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}
