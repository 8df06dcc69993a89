// Stands in for `systemctl`, which needs a systemd that runs. Records how it was called; runs the program of the unit, with
// nothing in its environment but what the unit says, and ends only that process, as `KillMode=process` does.
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const { FAKE_SYSTEMD: dir, FAKE_SYSTEMD_VERSION: version = '255', HOME, XDG_CONFIG_HOME } = process.env
const words = process.argv.slice(2)
const unit = join(XDG_CONFIG_HOME ?? `${HOME}/.config`, 'systemd/user/teleclaude.service')
const file = name => join(dir, name)
mkdirSync(dir, { recursive: true })
appendFileSync(file('calls'), `${words.join(' ')}\n`)

if (words[0] === '--version') say(`systemd ${version} (fake)\n+PAM`)
else if (existsSync(file('no-bus'))) fail('Failed to connect to bus: No medium found')
else act(words[1])

function act(verb) {
  if (verb === 'show' && words[2].startsWith('--')) return say(`Version=${version}`)
  if (verb === 'show') return show()
  if (verb === 'enable') writeFileSync(file('enabled'), '')
  if (verb === 'disable') rmSync(file('enabled'), { force: true })
  if (verb === 'disable' || verb === 'restart') stop()
  if ((verb === 'start' && !isActive()) || verb === 'restart') start()
}

function show() {
  const state = isActive()
    ? ['active', 'running']
    : existsSync(file('pid'))
      ? ['failed', 'failed']
      : ['inactive', 'dead']
  const enabled = existsSync(file('enabled')) ? 'enabled' : 'disabled'
  say(
    `ActiveState=${state[0]}\nSubState=${state[1]}\nMainPID=${isActive() ? pid() : 0}\nUnitFileState=${enabled}`,
  )
}

function start() {
  if (!existsSync(unit)) return fail('Failed to start teleclaude.service: Unit teleclaude.service not found.')
  const lines = readFileSync(unit, 'utf8').split('\n')
  const [program, ...args] = wordsOf(lines.find(line => line.startsWith('ExecStart=')))
  const assignments = lines.filter(line => line.startsWith('Environment=')).flatMap(wordsOf)
  const env = Object.fromEntries(assignments.map(text => text.split(/=(.*)/s).slice(0, 2)))
  const output = openSync(file('output'), 'a')
  const child = spawn(
    program,
    args.map(word => word.replaceAll('$$', '$')),
    {
      cwd: '/',
      detached: true,
      env: { HOME, ...env },
      stdio: ['ignore', output, output],
    },
  )
  closeSync(output)
  child.unref()
  writeFileSync(file('pid'), `${child.pid}`)
}

function stop() {
  if (isActive()) process.kill(pid(), 'SIGTERM')
  while (isActive()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  rmSync(file('pid'), { force: true })
}

/** The quoted words of a setting. What systemd itself reads in them is a test of its own. */
function wordsOf(line) {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([word]) => JSON.parse(word).replaceAll('%%', '%'))
}

function pid() {
  return Number(readFileSync(file('pid'), 'utf8'))
}

function isActive() {
  try {
    const stat = readFileSync(`/proc/${pid()}/stat`, 'utf8')
    return !/\) Z /.test(stat)
  } catch {
    return false
  }
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
