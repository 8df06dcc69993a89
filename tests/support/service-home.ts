import { mkdtempSync, rmSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { commandLine } from './command-line.ts'
import { fakeSystemd } from './fake-systemd.ts'
import { descendantsOf, isAlive, processesWith, signal } from './processes.ts'
import { until } from './until.ts'

/** A home folder with a systemd that stands in for the real one. It goes with the test, and so does what runs in it. */
export function serviceHome() {
  const dir = mkdtempSync('/tmp/tc-')
  const systemd = fakeSystemd(dir)
  onTestFinished(async () => {
    await systemd.end()
    const hosts = processesWith(argument => argument.startsWith(`${dir}/s/`))
    const left = hosts.flatMap(pid => [pid, ...descendantsOf(pid)])
    for (const pid of left) signal(pid, 'SIGKILL')
    await until(() => !left.some(isAlive), 'the end of what the sessions ran')
    rmSync(dir, { recursive: true, force: true })
  })
  return { dir, teleclaude: commandLine(dir), systemd }
}
