import { statSync } from 'node:fs'
import { startScript } from '../measure/child-lines.ts'

const STREAM = 'bench:cat'

/** `cat` over Redis: a process that appends a file to a stream in entries of 256 KiB, and another that writes what it reads of it. */
export async function openRedisCat(url: string) {
  await using opening = new AsyncDisposableStack()
  const [producer, consumer] = ['producer', 'consumer'].map(name =>
    opening.use(startScript(new URL(`../processes/redis-${name}.ts`, import.meta.url), [url, STREAM])),
  )
  if (!producer || !consumer) throw new Error('there are two')
  await Promise.all([producer.line('ready'), consumer.line('ready')])
  const open = opening.move()
  return {
    /** Settles when the whole copy is there. */
    async pass(from: string, to: string) {
      const isDone = consumer.line('done')
      consumer.write(`${statSync(from).size} ${to}`)
      producer.write(from)
      await isDone
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
