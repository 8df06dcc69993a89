import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { launchd } from '../../../core/service/launchd.ts'
import { tempDir } from '../../support/temp-dir.ts'

/**
 * Stands in for `launchctl`, which only macOS has: records its arguments, and knows whether the agent is loaded. It ends
 * an agent only some time after it was told to, as the real one does.
 */
const LAUNCHCTL = `#!/bin/sh
echo "$*" >> "$FAKE/calls"
[ -e "$FAKE/no-domain" ] && { echo 'Could not find domain for user gui' >&2; exit 113; }
case "$1 $2" in
  'print gui/'*/teleclaude)
    if [ -e "$FAKE/ending" ]; then rm "$FAKE/ending" "$FAKE/loaded"; fi
    [ -e "$FAKE/loaded" ] || { echo 'Could not find service' >&2; exit 113; }
    printf 'gui/teleclaude = {\\n\\tstate = %s\\n%s\\n}\\n' "$(cat "$FAKE/state")" "$(cat "$FAKE/more")" ;;
  'bootstrap '*) [ -e "$FAKE/loaded" ] && { echo 'Bootstrap failed: 5: Input/output error' >&2; exit 5; }; : > "$FAKE/loaded" ;;
  'bootout '*) : > "$FAKE/ending" ;;
esac
exit 0
`

function setting() {
  const dir = tempDir()
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'launchctl'), LAUNCHCTL, { mode: 0o755 })
  const state = (text: string, more = '') => {
    writeFileSync(join(dir, 'state'), text)
    writeFileSync(join(dir, 'more'), more)
  }
  state('running', '\tpid = 42\n')
  const supervisor = launchd({ PATH: `${bin}:/usr/bin:/bin`, HOME: dir, FAKE: dir }, systemClock)
  const domain = `gui/${userInfo().uid}`
  const calls = () => {
    const text = existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8') : ''
    rmSync(join(dir, 'calls'), { force: true })
    return text.split('\n').filter(line => line !== '' && !line.startsWith('print '))
  }
  return { dir, supervisor, state, domain, calls }
}

test('a new agent is switched on, loaded from its file and started', async () => {
  const { supervisor, domain, calls } = setting()
  await supervisor.load({ isChanged: true })
  expect(calls()).toEqual([
    `enable ${domain}/teleclaude`,
    `bootstrap ${domain} ${supervisor.file}`,
    `kickstart ${domain}/teleclaude`,
  ])
  expect(await supervisor.state()).toEqual({
    isEnabled: true,
    activity: 'running',
    pid: 42,
    hasGivenUp: false,
  })
})

test('one that is loaded is not loaded again; with another file it is, once the old one is gone', async () => {
  const { supervisor, domain, calls } = setting()
  await supervisor.load({ isChanged: true })
  calls()
  await supervisor.load({ isChanged: false })
  expect(calls()).toEqual([`enable ${domain}/teleclaude`, `kickstart ${domain}/teleclaude`])
  await supervisor.load({ isChanged: true })
  expect(calls()).toEqual([
    `bootout ${domain}/teleclaude`,
    `enable ${domain}/teleclaude`,
    `bootstrap ${domain} ${supervisor.file}`,
    `kickstart ${domain}/teleclaude`,
  ])
})

test('an agent that ended with 0 is not started again; one that failed is', async () => {
  const { supervisor, state } = setting()
  await supervisor.load({ isChanged: true })
  state('not running', '\tlast exit code = 0\n')
  expect(await supervisor.state()).toMatchObject({ pid: null, hasGivenUp: true })
  state('spawn scheduled', '\tlast exit code = 1\n')
  expect(await supervisor.state()).toMatchObject({ pid: null, hasGivenUp: false })
})

test('taking away what is not loaded is fine', async () => {
  const { supervisor, calls } = setting()
  await supervisor.unload()
  expect(calls()).toEqual([])
  expect(await supervisor.state()).toMatchObject({
    isEnabled: false,
    activity: 'not loaded',
    hasGivenUp: true,
  })
})

test('where nobody is logged in at the screen, it says why it cannot be asked', async () => {
  const { supervisor, dir } = setting()
  expect(await supervisor.whyNot()).toBe(null)
  writeFileSync(join(dir, 'no-domain'), '')
  expect(await supervisor.whyNot()).toBe('Could not find domain for user gui')
})

test('a file of its own is known to be for a state folder, and for no other', async () => {
  const { supervisor } = setting()
  const env = { TELECLAUDE_STATE_DIR: '/home/a & b/s' }
  const text = await supervisor.render({ command: ['/n'], env, log: '/l', lastingFault: 78 })
  expect(supervisor.serves(text, '/home/a & b/s')).toBe(true)
  expect(supervisor.serves(text, '/home/a & b')).toBe(false)
})
