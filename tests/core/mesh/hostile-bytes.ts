/** Every byte changed in turn: each bit alone, and all of them. */
export function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ change
      yield changed
    }
  }
}

/** Cut at every length, and with something behind it. */
export function* cuts(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.slice(0, length)
  for (const extra of [1, 16, 100_000]) yield Buffer.concat([bytes, Buffer.alloc(extra)])
}

/** Random bytes, the same in every run; many begin as `like` does. */
export function* junk(like: Uint8Array, count: number): Generator<Uint8Array> {
  const next = randomNumbers(20_240_501)
  for (let made = 0; made < count; made++) {
    const bytes = Uint8Array.from({ length: next() % 600 }, () => next() % 256)
    bytes.set(like.subarray(0, Math.min(bytes.length, next() % like.length)))
    yield bytes
  }
}

/** Marsaglia's xorshift32. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
}
