import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Has garbage collected before the heap has grown by a fifth. Output passes through a daemon as large buffers that live
 * for milliseconds; left to itself V8 lets them pile up to several times what is in use. To be called once everything
 * is loaded: while a program starts, all that grows stays, and collecting it only takes time.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=20')
  // V8 grows from what was in use at the last full collection, and there was none yet.
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc') // V8's own, which new contexts have once it is exposed
  collect()
}
