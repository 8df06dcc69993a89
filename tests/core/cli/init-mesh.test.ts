import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CommandLine, commandLine } from '../../support/command-line.ts'

const URL = 'rediss://me:pass-word@redis.example:6380/1'
const VARIABLE = 'TELECLAUDE_REDIS_URL'
/** Name, plugins, shell, folder and projects as they are proposed. */
const AS_PROPOSED = ['', '', '', '', '']
const SECRET = 'the secret that another computer of this test has'

let dir: string
let teleclaude: CommandLine
let config: string
let dotEnv: string
let secretFile: string

beforeEach(() => {
  dir = mkdtempSync('/tmp/tc-')
  teleclaude = commandLine(dir)
  config = `${dir}/config/teleclaude/teleclaude.config.ts`
  dotEnv = join(dirname(config), '.env')
  secretFile = join(dirname(config), 'mesh.secret')
})
afterEach(() => rmSync(dir, { recursive: true }))

const answers = (...lines: readonly string[]) => ({ input: `${lines.join('\n')}\n` })
const read = (path: string) => readFileSync(path, 'utf8')
const modeOf = (path: string) => statSync(path).mode & 0o777

/** A file that holds a secret. */
function secretIn(name: string, secret: string): string {
  const path = join(dir, name)
  writeFileSync(path, `${secret}\n`, { mode: 0o600 })
  return path
}

/** A configuration that somebody has written. */
function existingConfig(): string {
  mkdirSync(dirname(config), { recursive: true })
  const text = "export default { computer: { name: 'mine' } }\n"
  writeFileSync(config, text)
  return text
}

test('init --mesh makes a secret and keeps the URL, each in a file that only its owner can read', async () => {
  const { code, stdout, stderr } = await teleclaude.run(['init', '--mesh'], answers(...AS_PROPOSED, URL))
  expect(code).toBe(0)
  const secret = read(secretFile)
  expect(secret).toMatch(/^[\w-]{43}\n$/)
  expect(read(dotEnv)).toBe(`${VARIABLE}=${URL}\n`)
  for (const path of [secretFile, dotEnv, config]) expect([path, modeOf(path)]).toEqual([path, 0o600])
  expect(modeOf(dirname(config))).toBe(0o700)
  for (const text of [stdout, stderr, read(config)]) {
    expect(text).not.toContain(secret.trim())
    expect(text).not.toContain('pass-word')
  }
  expect(stdout).toContain('init --join')
  const checked = await teleclaude.json('config', 'check', '--json')
  expect(checked).toMatchObject({
    ok: true,
    plugins: ['terminal', 'registry', 'mcp', 'redis', 'files', 'ports'],
  })
})

test('init asks whether to connect, and whether another computer has the secret', async () => {
  await teleclaude.run(['init'], answers(...AS_PROPOSED, 'yes', 'yes', URL, SECRET))
  expect(read(secretFile)).toBe(`${SECRET}\n`)
  expect((await teleclaude.run(['config', 'check'])).code).toBe(0)
})

test('init leaves a computer alone that nobody wants to connect', async () => {
  const { code } = await teleclaude.run(['init'], answers(...AS_PROPOSED, 'no'))
  expect([code, readdirSync(dirname(config))]).toEqual([0, ['teleclaude.config.ts']])
  expect(read(config)).not.toContain('mesh')
})

test('a second init --mesh keeps the secret and the URL, and a configuration that is to stay', async () => {
  await teleclaude.run(['init', '--mesh'], answers(...AS_PROPOSED, URL))
  const files = () => [config, dotEnv, secretFile].map(read)
  const before = files()
  for (const answered of [['no'], ['yes', ...AS_PROPOSED]]) {
    const { code, stdout } = await teleclaude.run(['init', '--mesh'], answers(...answered))
    expect(code).toBe(0)
    expect(stdout).toContain(`Kept ${secretFile}`)
    expect(files()).toEqual(before)
  }
})

test.each([
  [['--mesh', '--yes'], []],
  [['--mesh'], ['no', URL]],
])('init %j connects beside a configuration that stays, and says what it lacks', async (options, lines) => {
  const text = existingConfig()
  const { code, stdout } = await teleclaude.run(['init', ...options], answers(...lines))
  expect(code).toBe(0)
  expect(read(config)).toBe(text)
  expect(stdout).toContain(`Left as it is: ${config}`)
  expect(stdout).toContain(`mesh: { secret: file('${secretFile.replace(dir, '~')}') }`)
  expect(stdout).toContain(`redis({ url: env('${VARIABLE}') })`)
  expect(existsSync(secretFile)).toBe(true)
})

test('init says how to start with what it wrote, where another configuration would be found first', async () => {
  expect((await teleclaude.run(['init', '--yes'])).stdout).toMatch(/ start$/m)
  rmSync(config)
  writeFileSync(join(dir, 'teleclaude.config.json'), '{}')
  expect((await teleclaude.run(['init', '--yes'])).stdout).toContain(` start --config ${config}\n`)
})

test('init --mesh --yes asks nothing, and says where the URL is to be written', async () => {
  const { code, stdout, stderr } = await teleclaude.run(['init', '--mesh', '--yes'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(dotEnv)
  expect((await teleclaude.run(['config', 'check'])).stderr).toContain(VARIABLE)
  writeFileSync(dotEnv, `${VARIABLE}=${URL}\n`)
  expect((await teleclaude.run(['config', 'check'])).code).toBe(0)
})

test('a URL that the environment has is neither asked for nor written down, and init says so', async () => {
  const env = { [VARIABLE]: URL }
  const { code, stdout } = await teleclaude.run(['init', '--mesh', '--yes'], { env })
  expect([code, existsSync(dotEnv)]).toEqual([0, false])
  expect(stdout).toContain(`${VARIABLE} was not written down`)
  expect(stdout).not.toContain('pass-word')
  expect((await teleclaude.run(['config', 'check'], { env })).code).toBe(0)
})

test.each(['http://redis.example', 'redis.example:6379', 'redis://host:99999999', 'rediss://'])(
  'the URL %s is asked for again',
  async wrong => {
    const { code, stderr } = await teleclaude.run(['init', '--mesh'], answers(...AS_PROPOSED, wrong, URL))
    expect([code, read(dotEnv)]).toEqual([0, `${VARIABLE}=${URL}\n`])
    expect(stderr).toContain('redis://host:6379')
  },
)

test.each(['/run/a "b"#c.sock', 'unix:///run/redis.sock', "redis://:a'b$c@h:1", 'redis://:a"b@h:1'])(
  'the URL %s is read back as it was given',
  async url => {
    const { code } = await teleclaude.run(['init', '--mesh'], answers(...AS_PROPOSED, url))
    expect([code, parseEnv(read(dotEnv))]).toEqual([0, { [VARIABLE]: url }])
  },
)

test('what else is in .env stays as it is', async () => {
  mkdirSync(dirname(config), { recursive: true })
  writeFileSync(dotEnv, '# mine\n\nTOKEN=abc')
  chmodSync(dotEnv, 0o644)
  await teleclaude.run(['init', '--mesh'], answers(...AS_PROPOSED, URL))
  expect(read(dotEnv)).toBe(`# mine\n\nTOKEN=abc\n${VARIABLE}=${URL}\n`)
  expect(modeOf(dotEnv)).toBe(0o600)
})

test('init --join takes the secret from a pipe or a file, and asks again for one that is too short', async () => {
  const piped = await teleclaude.run(['init', '--join'], answers(...AS_PROPOSED, URL, 'short', SECRET))
  expect(piped).toMatchObject({ code: 0, stderr: expect.stringContaining('at least 32') })
  expect(read(secretFile)).toBe(`${SECRET}\n`)
  expect(piped.stdout + piped.stderr).not.toContain(SECRET)
  expect(piped.stdout).not.toContain('init --join')
  rmSync(dirname(config), { recursive: true })

  const asFile = ['--yes', '--json', '--secret-file', secretIn('given', SECRET)]
  const { code, stdout } = await teleclaude.run(['init', ...asFile], { env: { [VARIABLE]: URL } })
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { path: config, meshSecret: secretFile }])
  expect(read(secretFile)).toBe(`${SECRET}\n`)
})

test('a secret file that holds none is refused, and nothing is written', async () => {
  const wrong = [secretIn('short', 'short'), secretIn('empty', ''), join(dir, 'missing'), dir]
  for (const path of wrong) {
    const { code, stderr } = await teleclaude.run(['init', '--yes', '--secret-file', path])
    expect([path, code, existsSync(dirname(config))]).toEqual([path, 1, false])
    expect(stderr).toContain(path)
    expect(stderr).toContain('TC_ERR_SECRET')
  }
})

test('another secret that this computer has is not overwritten', async () => {
  mkdirSync(dirname(config), { recursive: true })
  writeFileSync(secretFile, `${SECRET}, another one\n`)
  const { code, stderr } = await teleclaude.run(['init', '--yes', '--secret-file', secretIn('given', SECRET)])
  expect([code, stderr]).toEqual([1, expect.stringContaining('mesh rotate --join')])
  expect(read(secretFile)).toBe(`${SECRET}, another one\n`)
  expect(existsSync(config)).toBe(false)
})

test.each([
  [['--yes', '--join'], '--secret-file'],
  [['--mesh', '--join'], '--mesh'],
  [['--mesh', '--secret-file', 'x'], '--mesh'],
])('init %j is wrong usage', async (options, what) => {
  const { code, stderr } = await teleclaude.run(['init', ...options])
  expect([code, stderr]).toEqual([2, expect.stringContaining(what)])
})

test('answers that end too early are said to, and nothing is written', async () => {
  const { code, stderr } = await teleclaude.run(['init', '--join'], answers(...AS_PROPOSED, URL))
  expect(code).toBe(130)
  expect(stderr).toContain('answers ended')
  expect(stderr).toContain('With --yes --secret-file <path> nothing is asked')
  expect(existsSync(dirname(config))).toBe(false)
})

test('who has no answers is told what asks nothing', async () => {
  const { code, stderr } = await teleclaude.run(['init'], answers())
  expect([code, stderr]).toEqual([130, expect.stringContaining('With --yes nothing is asked')])
})
