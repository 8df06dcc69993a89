/** The garbage collector has no trouble with less. */
const MIN_BYTES = 16 * 1024

/**
 * Gives the memory of bytes back that nobody looks at any more, nor is about to write out: to everybody who still has
 * them they are empty. Left to the garbage collector, some megabytes of them cost a look at everything that the process
 * holds. Leaves alone what is small, or a part of something else.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < MIN_BYTES || byteLength !== buffer.byteLength) return
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
