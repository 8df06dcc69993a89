import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { descendantsOf, isAlive, processesWith, signal } from '../../support/processes.ts'
import { onTerminal } from '../../support/pty.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { until } from '../../support/until.ts'

/** Two daemons start and stop, on a computer that has more to do. */
vi.setConfig({ testTimeout: 60_000 })

const root = resolve(import.meta.dirname, '../../..')

/** `npm run demo` on a terminal, with a folder of its own for what it makes. */
function demo() {
  const dir = tempDir()
  const env = { ...(process.env as Record<string, string>), TMPDIR: dir }
  const seat = onTerminal(['npm', 'run', 'demo'], { env, cwd: root })
  onTestFinished(() => {
    for (const pid of processesOf(dir)) signal(pid, 'SIGKILL')
  })
  const found: { pid: number; dir: string }[] = []
  return {
    ...seat,
    dir,
    /** Notes its Redis, whose folder is not in the demo's own, and which overwrites its environment. */
    noteRedis() {
      for (const pid of new Set(processesOf(dir).flatMap(descendantsOf))) {
        if (/redis-server/.test(readProc(pid, 'cmdline')))
          found.push({ pid, dir: dirname(readlinkSync(`/proc/${pid}/cwd`)) })
      }
      expect(found).toHaveLength(1)
    },
    async leavesNothing() {
      const isOver = () => processesOf(dir).length === 0 && !found.some(({ pid }) => isAlive(pid))
      await until(isOver, 'the end of every process')
      expect(readdirSync(dir).filter(name => name.startsWith('tc-'))).toEqual([])
      expect(found.filter(redis => existsSync(redis.dir))).toEqual([])
    },
  }
}

/** The processes that were started with `dir` in their environment, whatever else became of them. */
function processesOf(dir: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => readProc(pid, 'environ').includes(dir) && isAlive(pid))
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return '' // it has ended, or is somebody else's
  }
}

test('npm run demo tells the whole story, checks itself, and leaves nothing', async () => {
  const at = demo()
  await at.shows('built linker')
  at.noteRedis()
  expect([await at.ended(), at.shown()]).toEqual([0, expect.stringContaining('"state":"closed"')])
  for (const told of [
    'workstation","status":"online',
    '"exit_code":3',
    '^C',
    'still here',
    'messages:laptop',
  ])
    expect(at.shown()).toContain(told)
  expect(at.shown()).not.toContain('It failed')
  await at.leavesNothing()
})

test.each(['Two computers start', 'It starts something endless'])(
  'Ctrl-C after "%s" ends the demo, and leaves nothing',
  async told => {
    const at = demo()
    await at.shows(told)
    at.noteRedis()
    at.types('\x03')
    expect(await at.ended()).not.toBe(0)
    expect(at.shown()).toContain('interrupted')
    await at.leavesNothing()
  },
)

test('a demo that fails says why, exits with 1, and leaves nothing', async () => {
  const at = demo()
  await at.shows('built parser')
  at.noteRedis()
  const daemons = processesOf(at.dir)
  const servers = processesWith(argument => argument === 'mcp').filter(pid => daemons.includes(pid))
  expect(servers.length).toBeGreaterThan(0)
  for (const pid of servers) for (const one of [pid, ...descendantsOf(pid)]) signal(one, 'SIGKILL')
  expect(await at.ended()).toBe(1)
  expect(at.shown()).toContain('It failed')
  await at.leavesNothing()
})
