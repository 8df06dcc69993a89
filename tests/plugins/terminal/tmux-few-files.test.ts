import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { tempDir } from '../../support/temp-dir.ts'

const script = fileURLToPath(new URL('few-files-process.ts', import.meta.url))

test('a host with too many open files refuses a client of tmux, lives on, and keeps nothing of it open', async () => {
  const limited = ['-c', 'ulimit -n 64; exec "$@"', '-', process.execPath]
  const conditions = '--conditions=teleclaude-source'
  const { stdout } = await promisify(execFile)('bash', [...limited, conditions, script, tempDir()])
  // The input, output and errors of mkfifo.
  expect(stdout).toBe('/bin/cat cannot be run: too many files are open; 3\n')
})
