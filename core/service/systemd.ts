import { existsSync, rmSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { ACT_MS, ASK_MS, programRunner, type RunProgram, runOrThrow } from './run-program.ts'
import { sealOf } from './sealed-file.ts'
import type { ServiceState, Supervisor } from './supervisor.ts'
import { environmentLine, runsInUnit, systemdUnit } from './systemd-unit.ts'

type Env = Readonly<Record<string, string | undefined>>

const UNIT = 'teleclaude.service'
const SYSTEMCTL = ['systemctl', '--user'] as const

/** The systemd of the user. */
export function systemd(env: Env): Supervisor {
  const run = programRunner(withRuntimeDir(env), ASK_MS)
  const act = programRunner(withRuntimeDir(env), ACT_MS)
  const systemctl = (...words: readonly string[]) => runOrThrow(act, [...SYSTEMCTL, ...words])
  /** A service that failed too often is not started again before this. */
  const forgive = () => run(...SYSTEMCTL, 'reset-failed', UNIT)
  const file = join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'systemd', 'user', UNIT)
  return {
    name: 'systemd',
    file,
    async render(spec) {
      const unit = systemdUnit(spec, await versionOf(run))
      return `# ${sealOf(unit)}. Settings of your own: systemctl --user edit ${UNIT}\n${unit}`
    },
    runs: runsInUnit,
    serves: (text, stateDir) => text.includes(`${environmentLine('TELECLAUDE_STATE_DIR', stateDir)}\n`),
    async whyNot() {
      const { code, stderr } = await run(...SYSTEMCTL, 'show', '--property=Version')
      return code === 0 ? null : firstLine(stderr) || 'systemctl --user does not answer'
    },
    async load({ isChanged }) {
      await systemctl('daemon-reload')
      await forgive()
      await systemctl('enable', UNIT)
      await systemctl(isChanged ? 'restart' : 'start', UNIT)
    },
    async start() {
      await forgive()
      await systemctl('start', UNIT)
    },
    unload: () => systemctl('disable', '--now', UNIT),
    async forget() {
      rmSync(join(dirname(file), 'default.target.wants', UNIT), { force: true }) // what could not be disabled
      await run(...SYSTEMCTL, 'daemon-reload')
      await forgive()
    },
    state: () => stateOf(run),
    hint: () => lingerHint(run),
    toType: {
      load: ['systemctl --user daemon-reload', `systemctl --user enable --now ${UNIT}`],
      unload: [`systemctl --user stop ${UNIT}`, 'systemctl --user daemon-reload'],
    },
    outputCommand: `journalctl --user -u ${UNIT}`,
  }
}

/** Programs that agents start often have too small an environment to find the user's systemd. */
function withRuntimeDir(env: Env): Env {
  const usual = `/run/user/${userInfo().uid}`
  if (env.XDG_RUNTIME_DIR || !existsSync(usual)) return env
  return { ...env, XDG_RUNTIME_DIR: usual }
}

async function versionOf(run: RunProgram): Promise<number | null> {
  const { stdout } = await run('systemctl', '--version')
  const version = /^systemd (\d+)/.exec(stdout)?.[1]
  return version === undefined ? null : Number(version)
}

async function stateOf(run: RunProgram): Promise<ServiceState> {
  const names = ['ActiveState', 'SubState', 'MainPID', 'UnitFileState'].join(',')
  const { stdout } = await run(...SYSTEMCTL, 'show', UNIT, `--property=${names}`)
  const fields = new Map(stdout.split('\n').map(line => [line.split('=')[0], line.replace(/^\w+=/, '')]))
  const active = fields.get('ActiveState') ?? 'unknown'
  return {
    isEnabled: fields.get('UnitFileState') === 'enabled',
    activity: `${active} (${fields.get('SubState') ?? 'unknown'})`,
    pid: Number(fields.get('MainPID')) || null,
    hasGivenUp: active === 'failed' || active === 'inactive',
  }
}

async function lingerHint(run: RunProgram): Promise<string | null> {
  const { stdout } = await run('loginctl', 'show-user', userInfo().username, '--property=Linger')
  if (stdout.trim() === 'Linger=yes') return null
  return 'It runs while you are logged in. To have it from boot on, logged in or not: loginctl enable-linger'
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
