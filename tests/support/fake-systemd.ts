import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isAlive, signal } from './processes.ts'
import { until } from './until.ts'

/** A `systemctl` that runs what the unit says, where no systemd runs: see fake-systemctl.mjs. */
export interface FakeSystemd {
  readonly env: Readonly<Record<string, string>>
  readonly unit: string
  /** How it was called since this was last asked. */
  calls(): readonly string[]
  /** The process of the service; 0 if it was never started. */
  pid(): number
  /** What the service printed. */
  output(): string
  end(): Promise<void>
}

/** @param dir a folder of the test's own, which is also the home folder */
export function fakeSystemd(
  dir: string,
  { PATH = process.env.PATH ?? '', version = '255' } = {},
): FakeSystemd {
  const bin = join(dir, 'bin')
  const state = join(dir, 'systemd')
  mkdirSync(bin, { recursive: true })
  const program = resolve(import.meta.dirname, 'fake-systemctl.mjs')
  const script = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`
  writeFileSync(join(bin, 'systemctl'), script, { mode: 0o755 })
  writeFileSync(join(bin, 'loginctl'), '#!/bin/sh\necho Linger=no\n', { mode: 0o755 })
  const read = (name: string) =>
    existsSync(join(state, name)) ? readFileSync(join(state, name), 'utf8') : ''
  let seen = 0
  return {
    env: { PATH: `${bin}:${PATH}`, FAKE_SYSTEMD: state, FAKE_SYSTEMD_VERSION: version },
    unit: join(dir, 'config/systemd/user/teleclaude.service'),
    calls() {
      const all = read('calls').split('\n').filter(Boolean)
      const since = all.slice(seen)
      seen = all.length
      return since
    },
    pid: () => Number(read('pid')),
    output: () => read('output'),
    async end() {
      const pid = Number(read('pid'))
      if (pid === 0) return
      signal(pid, 'SIGKILL')
      await until(() => !isAlive(pid), 'the end of the service')
    },
  }
}
