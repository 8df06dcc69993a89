/** Short enough that a hiccup goes unnoticed. */
const BASE_MS = 200
/** Long enough that a far side which is down is not troubled, short enough that its return is soon seen. */
const CAP_MS = 30_000

/** How long to wait after the given number of failures in a row, in milliseconds; jittered, so that pumps do not march in step. */
export function backoffMs(failures: number): number {
  return jittered(Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1)))
}

/** Between half of `full` and all of it. */
export function jittered(full: number): number {
  return full / 2 + (Math.random() * full) / 2
}
