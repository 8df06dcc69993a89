import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type CommandLine, commandLine } from '../../support/command-line.ts'
import { processesWith } from '../../support/processes.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

const PASSWORD = 'the-password-of-this-redis'
/** Plugins, shell, folder and projects as they are proposed. */
const AS_PROPOSED = ['', '', '', '']

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis({ tcp: 'plain', password: PASSWORD })
})
afterAll(() => redis?.[Symbol.asyncDispose]())

interface Computer extends CommandLine {
  readonly name: string
  readonly dir: string
  readonly secretFile: string
}

/** A user's account on a computer of its own. What runs there ends with the test. */
function account(name: string): Computer {
  const dir = mkdtempSync('/tmp/tc-')
  const teleclaude = commandLine(dir)
  onTestFinished(async () => {
    await teleclaude.run(['stop', '--sessions'])
    rmSync(dir, { recursive: true, force: true })
  })
  return { ...teleclaude, name, dir, secretFile: join(dir, 'config/teleclaude/mesh.secret') }
}

/** `init` as its user answers it. */
async function init(
  at: Computer,
  option: '--mesh' | '--join',
  secret: readonly string[] = [],
): Promise<void> {
  const url = `redis://:${PASSWORD}@127.0.0.1:${redis.port}`
  const input = [at.name, ...AS_PROPOSED, url, ...secret, ''].join('\n')
  expect(await at.run(['init', option], { input })).toMatchObject({ code: 0 })
  expect(await at.run(['start', '--detach'])).toMatchObject({ code: 0 })
}

const secretOf = (at: Computer) => readFileSync(at.secretFile, 'utf8').trim()

async function seesOnline(at: Computer, other: Computer): Promise<void> {
  const isOnline = new RegExp(`^${other.name} +online `, 'm')
  await until(
    async () => isOnline.test((await at.run(['computers'])).stdout),
    `${other.name}, seen by ${at.name}`,
  )
}

test('two accounts that followed init see each other, change their secret, and show it nowhere', async () => {
  const [first, second] = [account('first'), account('second')]
  await init(first, '--mesh')
  await init(second, '--join', [secretOf(first)])
  await seesOnline(first, second)
  await seesOnline(second, first)
  expect(await second.run(['run', '--computer', 'first', '--', 'echo', 'hi'])).toMatchObject({
    code: 0,
    stdout: 'hi\n',
  })
  const before = secretOf(first)
  expect((await first.run(['mesh', 'rotate'])).stdout).toContain('for 24 hours more')
  expect(secretOf(first)).not.toBe(before)
  const joined = await second.run(['mesh', 'rotate', '--join'], { input: `${secretOf(first)}\n` })
  expect([joined.code, secretOf(second)]).toEqual([0, secretOf(first)])
  expect(await first.run(['run', '--computer', 'second', '--', 'echo', 'ho'])).toMatchObject({
    stdout: 'ho\n',
  })
  const alone = await first.run(['mesh', 'rotate', '--grace-hours', '0'])
  expect(alone.stdout).toContain('not taken any more')
  for (const secret of [PASSWORD, before, secretOf(first), secretOf(second)]) {
    expect(processesWith(argument => argument.includes(secret))).toEqual([])
    for (const { dir } of [first, second]) expect(logsOf(dir)).not.toContain(secret)
  }
})

test('an account that made a secret of its own sees nobody, is told what to type, and that works', async () => {
  const [first, second] = [account('first'), account('second')]
  await init(first, '--mesh')
  await init(second, '--mesh')
  const status = async () => (await second.run(['status'])).stdout
  await until(async () => (await status()).includes('teleclaude mesh rotate --join'), 'the advice')
  const refused = await second.run(['init', '--join'], { input: `no\n${secretOf(first)}\n` })
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('mesh rotate --join') })
  await second.run(['mesh', 'rotate', '--join'], { input: `${secretOf(first)}\n` })
  await seesOnline(second, first)
  await seesOnline(first, second)
})

/** What the daemon has written down that people read. */
function logsOf(dir: string): string {
  const names = readdirSync(join(dir, 's')).filter(name => name.endsWith('.log'))
  expect(names).toContain('daemon.log')
  return names.map(name => readFileSync(join(dir, 's', name), 'utf8')).join('\n')
}
