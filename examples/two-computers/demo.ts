import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from './agent.ts'
import { Computer } from './computer.ts'
import { showRedis } from './look-into-redis.ts'
import { step, tell } from './narration.ts'
import { tellTheStory } from './story.ts'

/** Two daemons with a Redis between them on one machine, and an agent on the laptop that works on the workstation. */
async function demo(dir: string, cleanUp: (() => Promise<unknown>)[]): Promise<void> {
  const redisUrl = process.env.TELECLAUDE_REDIS_URL
  if (!redisUrl) throw new Error('Set TELECLAUDE_REDIS_URL to the URL of a Redis; `npm run demo` brings one.')
  const mesh = { secret: randomBytes(32).toString('base64url'), redisUrl }
  const laptop = new Computer(dir, 'laptop', mesh)
  const workstation = new Computer(dir, 'workstation', mesh)

  step('Two computers start, with one secret and a Redis between them')
  cleanUp.push(
    () => laptop.stop(),
    () => workstation.stop(),
  )
  await Promise.all([laptop.start(), workstation.start()])
  await laptop.sees(workstation)
  tell(await laptop.teleclaude('computers'))

  step('An agent on the laptop connects through MCP')
  const agent = await Agent.connect(laptop)
  cleanUp.push(() => agent.close())
  await tellTheStory(agent, workstation)

  step('Who merely reaches the Redis sees names, times and sizes')
  await showRedis(redisUrl)
}

/** Rejects when somebody presses Ctrl-C, or the terminal is closed. */
function interruption(): Promise<never> {
  return new Promise((_, interrupted) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => interrupted(new Error(`interrupted by ${signal}`)))
  })
}

process.stdout.on('error', () => {}) // the terminal may be closed; what was started has to be ended all the same
const interrupted = interruption()
const dir = mkdtempSync(join(tmpdir(), 'tc-'))
const cleanUp: (() => Promise<unknown>)[] = []
let failure: unknown = null
try {
  await Promise.race([demo(dir, cleanUp), interrupted])
} catch (error) {
  failure = error
  step(`It failed: ${error instanceof Error ? error.message : error}`)
}
await Promise.allSettled(cleanUp.map(end => end()))
rmSync(dir, { recursive: true, force: true })
step('Daemons, sessions and folders are gone')
process.exit(failure === null ? 0 : 1)
