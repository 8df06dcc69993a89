import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { TestDaemon } from '../../support/daemon.ts'
import { connectMcp } from '../../support/mcp-client.ts'
import { loadedOf, nativePackages, traceModules } from '../../support/module-trace.ts'
import {
  CORE_PACKAGES,
  hasPlugin,
  meshFor,
  PACKAGE_SETUPS,
  type PluginEntry,
} from '../../support/package-setups.ts'
import { type InstalledProgram, installProgram, nodeBin } from '../../support/packed.ts'
import { startRedis } from '../../support/redis-server.ts'
import { readText } from '../../support/source-files.ts'
import { openRoom, type Room } from '../../support/telegram-room.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'

const OURS = Object.keys(JSON.parse(readText('package.json')).dependencies)

describe.each([22, 24, 26])('installed from the package on Node.js %i', major => {
  let program: InstalledProgram
  beforeAll(async () => {
    program = await installProgram(inject('tarball'), await nodeBin(major))
  })
  afterAll(() => program[Symbol.asyncDispose]())

  test.each(PACKAGE_SETUPS)('$name works, and loads nothing of other plugins', async setup => {
    const [room, redis] = await Promise.all([openRoom(), startRedis()])
    onTestFinished(() => redis[Symbol.asyncDispose]())
    const plugins = setup.plugins({ telegram: room.settings(), redisUrl: redis.url })
    const has = (name: string) => hasPlugin(plugins, name)
    const trace = traceModules(tempDir())
    const alpha = await computer('alpha', plugins, trace.env)

    await typesAndReads(alpha)
    if (has('telegram')) await answersPeople(alpha, room)
    if (has('redis')) {
      const others = plugins.filter(([name]) => name !== 'telegram')
      const beta = await computer('beta', others)
      await runsElsewhere(alpha)
      if (has('files')) await copies(alpha, beta)
    }
    if (has('mcp')) await servesAgents(alpha)

    const status = await alpha.status()
    expect(status.plugins.filter(({ state }) => state !== 'ready')).toEqual([])
    const modules = trace.modules(alpha.pid)
    const loaded = loadedOf(modules, program.root)
    process.stdout.write(`${setup.name}: ${loaded.plugins.join(', ')}; ${loaded.packages.join(', ')}\n`)
    expect(loaded.plugins).toEqual(plugins.map(([name]) => name).sort())
    const named = loaded.packages.filter(name => OURS.includes(name))
    expect(named).toEqual([...CORE_PACKAGES, ...setup.packages].sort())
    // What speaks to tmux is only for sessions that are in one.
    expect(modules.filter(url => /tmux\/(control|panes?\.|server)/.test(url))).toEqual([])
    expect(nativePackages(alpha.pid)).toEqual(['better-sqlite3'])
    expect(alpha.hostPids().flatMap(nativePackages)).toEqual(['node-pty'])
  })

  /** A computer that runs what was installed, until the test ends. */
  async function computer(name: string, plugins: readonly PluginEntry[], env: object = {}) {
    const daemon = new TestDaemon({
      plugins,
      config: { computer: { name }, ...meshFor(plugins) },
      env: { PATH: program.env.PATH, ...env },
    })
    daemon.root = program.root
    await daemon.startInTest()
    return daemon
  }
})

async function typesAndReads(daemon: TestDaemon): Promise<void> {
  const sent = await daemon.send(await daemon.session({ title: 'typed' }), 'echo $((6 * 7))')
  expect(sent).toMatchObject({ output: '42\n', completed_by: 'mark', exit_code: 0 })
}

async function answersPeople(daemon: TestDaemon, room: Room): Promise<void> {
  await daemon.session({ title: 'said' })
  const topic = await room.topic('said')
  room.ada.say(topic, 'echo said-$((6 * 7))')
  await until(
    () => topic.messages.some(({ from, text }) => from.id === room.bot.id && text.includes('said-42')),
    'the result in Telegram',
  )
}

async function runsElsewhere(daemon: TestDaemon): Promise<void> {
  const answer = await until(
    () => cli(daemon, 'run', '--computer', 'beta', '--', 'uname', '-n').catch(() => null),
    'a command on the other computer',
    30_000,
  )
  expect(answer.stdout.trim()).not.toBe('')
}

async function copies(from: TestDaemon, to: TestDaemon): Promise<void> {
  writeFileSync(join(from.home, 'a.txt'), 'copied')
  await cli(from, 'cp', './a.txt', 'beta:b.txt')
  expect(readFileSync(join(to.home, 'b.txt'), 'utf8')).toBe('copied')
}

async function servesAgents(daemon: TestDaemon): Promise<void> {
  const command = join(daemon.root, 'bin/teleclaude')
  const agent = await connectMcp({ command, args: ['mcp'], env: { ...daemon.env }, cwd: daemon.home })
  onTestFinished(() => agent[Symbol.asyncDispose]())
  const { tools } = await agent.client.listTools()
  expect(tools.map(({ name }) => name)).toContain('teleclaude__run')
}

function cli(daemon: TestDaemon, ...args: readonly string[]) {
  return promisify(execFile)(join(daemon.root, 'bin/teleclaude'), args, {
    cwd: daemon.home,
    env: daemon.env,
  })
}
