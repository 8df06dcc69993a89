import { expect, test } from 'vitest'
import { commandLine } from '../../support/command-line.ts'
import { TestDaemon } from '../../support/daemon.ts'
import { traceModules } from '../../support/module-trace.ts'
import { openRoom } from '../../support/telegram-room.ts'
import { tempDir } from '../../support/temp-dir.ts'

const isOf = (what: RegExp) => (url: string) => what.test(url)

test('without the plugin in the configuration nothing of it is loaded', async () => {
  const trace = traceModules(tempDir())
  const daemon = await TestDaemon.inTest({ plugins: ['terminal', 'registry'], env: trace.env })
  await daemon.session()
  await daemon.kill('SIGTERM')
  expect(trace.modules().some(isOf(/plugins\/terminal/))).toBe(true)
  expect(trace.modules().filter(isOf(/grammy|plugins\/telegram/))).toEqual([])
})

test('with it the daemon loads it, and the command line only what it needs to know of the options', async () => {
  const room = await openRoom()
  const trace = traceModules(tempDir())
  const daemon = await TestDaemon.inTest({ plugins: ['terminal', room.plugin()], env: trace.env })
  await daemon.session({ title: 'loaded' })
  await room.topic('loaded')
  expect(trace.modules().some(isOf(/grammy/))).toBe(true)
  const other = traceModules(tempDir())
  const { env, run } = commandLine(daemon.home)
  const help = await run(['help'], { env: { ...env, ...daemon.env, ...other.env } })
  expect(help.code).toBe(0)
  expect(other.modules().filter(isOf(/grammy/))).toEqual([])
})
