import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A Node.js that does nothing, until it has ended. */
export async function runNothing(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0']), 'exit')
}
