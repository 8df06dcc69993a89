import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Clock, sleep } from '../clock.ts'
import { TeleclaudeError } from '../errors.ts'
import { escaped, LABEL, launchdAgent, PLIST_HEAD, runsInAgent } from './launchd-agent.ts'
import { ACT_MS, ASK_MS, programRunner, type RunProgram, runOrThrow } from './run-program.ts'
import { sealOf } from './sealed-file.ts'
import type { ServiceState, Supervisor } from './supervisor.ts'

type Env = Readonly<Record<string, string | undefined>>

/** launchd ends an agent after having said that it did: what `ExitTimeOut` allows, and some more. */
const GONE_MS = 80_000
const LOOK_AGAIN_MS = 100

/** The launchd of the user who is logged in. */
export function launchd(env: Env, clock: Clock): Supervisor {
  const run = programRunner(env, ASK_MS)
  const act = programRunner(env, ACT_MS)
  const domain = `gui/${userInfo().uid}`
  const target = `${domain}/${LABEL}`
  const file = join(env.HOME || homedir(), 'Library', 'LaunchAgents', `${LABEL}.plist`)
  const isLoaded = async () => (await run('launchctl', 'print', target)).code === 0
  const unload = async () => {
    if (!(await isLoaded())) return
    await runOrThrow(act, ['launchctl', 'bootout', target])
    await untilGone(isLoaded, clock)
  }
  const start = async () => {
    if (!(await isLoaded())) await runOrThrow(act, ['launchctl', 'bootstrap', domain, file])
    await runOrThrow(act, ['launchctl', 'kickstart', target])
  }
  return {
    name: 'launchd',
    file,
    async render(spec) {
      const agent = launchdAgent(spec)
      return agent.replace(PLIST_HEAD, () => `${PLIST_HEAD}<!-- ${sealOf(agent)} -->\n`)
    },
    runs: runsInAgent,
    serves: (text, stateDir) =>
      text.includes(`<key>TELECLAUDE_STATE_DIR</key>\n    <string>${escaped(stateDir)}</string>`),
    async whyNot() {
      const { code, stderr } = await run('launchctl', 'print', domain)
      return code === 0 ? null : stderr.trim().split('\n')[0] || 'launchctl does not answer'
    },
    async load({ isChanged }) {
      if (isChanged) await unload()
      // An agent that was once switched off stays so, whatever its file says.
      await runOrThrow(act, ['launchctl', 'enable', target])
      await start()
    },
    start,
    unload,
    forget: async () => {},
    state: () => stateOf(run, target),
    hint: async () => null,
    toType: {
      load: [`launchctl bootstrap ${domain} ~/Library/LaunchAgents/${LABEL}.plist`],
      unload: [`launchctl bootout ${target}`],
    },
    outputCommand: 'teleclaude logs',
  }
}

async function stateOf(run: RunProgram, target: string): Promise<ServiceState> {
  const { code, stdout } = await run('launchctl', 'print', target)
  const field = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, 'm').exec(stdout)?.[1]
  const state = code === 0 ? (field('state') ?? 'unknown') : 'not loaded'
  const pid = Number(field('pid')) || null
  // After a failure launchd tries again; after an end with 0 it does not.
  const hasGivenUp = code !== 0 || (pid === null && field('last exit code') === '0')
  return { isEnabled: code === 0, activity: state, pid, hasGivenUp }
}

async function untilGone(isLoaded: () => Promise<boolean>, clock: Clock): Promise<void> {
  const end = clock.monotonic() + GONE_MS
  while (await isLoaded()) {
    if (clock.monotonic() > end)
      throw new TeleclaudeError('TC_ERR_TIMEOUT', `launchd did not end ${LABEL} within ${GONE_MS / 1000} s`)
    await sleep(clock, LOOK_AGAIN_MS)
  }
}
