import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { messageOf } from '../../core/errors.ts'
import { startRedis } from './redis-server.ts'

/** Runs a script with a private Redis, whose URL it finds in TELECLAUDE_REDIS_URL, and exits as it does. */
let script: ChildProcess | null = null
let isInterrupted = false
// Ctrl-C reaches the script too; it is the one that cleans up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    isInterrupted = true
    script?.kill(signal)
  })
}
try {
  const redis = await startRedis()
  try {
    process.exitCode = isInterrupted ? 1 : await run(process.argv.slice(2), redis.url)
  } finally {
    await redis[Symbol.asyncDispose]()
  }
} catch (error) {
  process.stderr.write(`${isInterrupted ? 'interrupted' : messageOf(error)}\n`)
  process.exitCode = 1
}

/** Settles with its exit code. */
async function run(argv: readonly string[], url: string): Promise<number> {
  script = spawn(process.execPath, [...process.execArgv, ...argv], {
    env: { ...process.env, TELECLAUDE_REDIS_URL: url },
    stdio: 'inherit',
  })
  const [code] = await once(script, 'close')
  return typeof code === 'number' ? code : 1
}
