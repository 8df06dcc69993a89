import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandLine } from '../../support/command-line.ts'
import { TestDaemon } from '../../support/daemon.ts'
import { openRoom } from '../../support/telegram-room.ts'
import { tempDir } from '../../support/temp-dir.ts'

/** Has a process write down, when it ends, which modules it has loaded. */
function traced(): { readonly env: Record<string, string>; modules(): readonly string[] } {
  const dir = tempDir()
  const trace = join(dir, 'modules.txt')
  const hook = join(dir, 'trace.mjs')
  writeFileSync(
    hook,
    `import { appendFileSync } from 'node:fs'
    import { registerHooks } from 'node:module'
    registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(trace)}, url + '\\n'); return next(url, context) } })`,
  )
  return {
    env: { NODE_OPTIONS: `--import=${hook}` },
    modules: () => readFileSync(trace, 'utf8').split('\n'),
  }
}

const isOf = (what: RegExp) => (url: string) => what.test(url)

test('without the plugin in the configuration nothing of it is loaded', async () => {
  const trace = traced()
  const daemon = await TestDaemon.inTest({ plugins: ['terminal', 'registry'], env: trace.env })
  await daemon.session()
  await daemon.kill('SIGTERM')
  expect(trace.modules().some(isOf(/plugins\/terminal/))).toBe(true)
  expect(trace.modules().filter(isOf(/grammy|plugins\/telegram/))).toEqual([])
})

test('with it the daemon loads it, and the command line only what it needs to know of the options', async () => {
  const room = await openRoom()
  const trace = traced()
  const daemon = await TestDaemon.inTest({ plugins: ['terminal', room.plugin()], env: trace.env })
  await daemon.session({ title: 'loaded' })
  await room.topic('loaded')
  expect(trace.modules().some(isOf(/grammy/))).toBe(true)
  const other = traced()
  const { env, run } = commandLine(daemon.home)
  const help = await run(['help'], { env: { ...env, ...daemon.env, ...other.env } })
  expect(help.code).toBe(0)
  expect(other.modules().filter(isOf(/grammy/))).toEqual([])
})
