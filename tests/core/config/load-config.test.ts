import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startConfigLoader } from '../../support/config-loader.ts'
import { tempDir } from '../../support/temp-dir.ts'

const LONG = 'correct horse battery staple, thirty-two and more'

const loader = startConfigLoader()
afterAll(() => loader.close())

/** Writes files (JSON where they are objects) into a fresh folder that is the user's home too. */
function folder(files: Record<string, string | object>) {
  const dir = tempDir()
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  const load = (env: Record<string, string> = {}, path?: string) =>
    loader.load({ cwd: dir, env: { HOME: dir, ...env }, path })
  return { dir, load }
}

const named = (name: string) => ({ computer: { name }, plugins: [] })
const failure = (loading: Promise<unknown>) =>
  loading.then(
    () => expect.unreachable(),
    error => error,
  )

describe('finding', () => {
  it('takes the embedded default where there is no configuration', async () => {
    const loaded = await folder({}).load()
    expect(loaded.source).toBeNull()
    expect(loaded.plugins).toEqual(['terminal', 'registry', 'mcp'])
    expect(loaded.config.computer.name).toMatch(/^[a-z0-9][a-z0-9-]{0,31}$/)
  })

  it("prefers the path given, then TELECLAUDE_CONFIG, then the folder, then the user's", async () => {
    const { load } = folder({
      'given.json': named('given'),
      'variable.json': named('variable'),
      'teleclaude.config.json': named('folder'),
    })
    expect((await load({ TELECLAUDE_CONFIG: 'variable.json' }, 'given.json')).config.computer.name).toBe(
      'given',
    )
    expect((await load({ TELECLAUDE_CONFIG: 'variable.json' })).config.computer.name).toBe('variable')
    expect((await load()).config.computer.name).toBe('folder')
    const home = folder({
      '.config/teleclaude/teleclaude.config.json': named('home'),
      'xdg/teleclaude/teleclaude.config.json': named('xdg'),
    })
    expect((await home.load()).config.computer.name).toBe('home')
    expect((await home.load({ XDG_CONFIG_HOME: join(home.dir, 'xdg') })).config.computer.name).toBe('xdg')
  })

  it('does not look in the folders above, nor under other names', async () => {
    const { dir } = folder({
      'teleclaude.config.json': named('above'),
      'below/package.json': { cosmiconfig: {}, teleclaude: named('package') },
      'below/.teleclauderc': named('rc'),
      'below/teleclaude.config.yaml': 'computer: { name: yaml }',
    })
    const loaded = await loader.load({ cwd: join(dir, 'below'), env: { HOME: join(dir, 'below') } })
    expect(loaded.source).toBeNull()
  })

  it.each(['nowhere.json', 'teleclaude.config.yaml'])('refuses the path %s', async path => {
    const { load } = folder({ 'teleclaude.config.yaml': '' })
    expect(await failure(load({}, path))).toMatchObject({ code: 'TC_ERR_CONFIG_LOAD' })
  })
})

describe('broken files', () => {
  it.each<[string, string, string | object, RegExp]>([
    ['throws', 'a.ts', 'throw new Error("boom")', /a\.ts: boom \(at .*a\.ts:1/],
    ['throws no error', 'a.mjs', 'throw 7', /a\.mjs: it threw 7/],
    ['exports nothing', 'a.ts', 'export const config = {}', /no default export/],
    ['imports a missing file', 'a.ts', 'import "./nowhere.ts"; export default {}', /nowhere\.ts/],
    ['is cut off', 'a.js', 'export default {', /a\.js/],
    ['needs more than type stripping', 'a.ts', 'enum A { B }; export default {}', /enum/],
    ['is JSON that is none', 'a.json', '{ "computer": ', /JSON/],
  ])('says so when one %s', async (_, name, content, message) => {
    const fault = await failure(folder({ [name]: content }).load({}, name))
    expect(fault).toMatchObject({ code: 'TC_ERR_CONFIG_LOAD', message: expect.stringMatching(message) })
    expect(fault.message).toContain(name)
  })

  it('lists every problem with its path', async () => {
    const { load } = folder({
      'teleclaude.config.json': {
        computer: { name: 'Not This', nmae: 'x' },
        plugins: [7, ['registry', { bogus: 1 }], 'registry'],
        projects: [{ name: 'a' }],
        retention: { liveBytes: -1 },
        bogus: true,
      },
    })
    const fault = await failure(load())
    expect(fault.code).toBe('TC_ERR_CONFIG_INVALID')
    for (const path of [
      'computer.name',
      'computer.nmae',
      'plugins[0]',
      'plugins.registry.bogus',
      'plugins.registry',
      'projects[0].path',
      'retention.liveBytes',
      'bogus',
    ]) {
      expect(fault.message).toContain(`\n  ${path}: `)
    }
  })

  it('refuses what is no object', async () => {
    const fault = await failure(folder({ 'teleclaude.config.json': '[]' }).load())
    expect(fault.message).toContain('it is not an object')
  })
})

it.each([
  ['al', 'sessions.restore: Invalid option: expected one of "none"|"shells"|"all", or '],
  ['al', 'or kinds, as in { shell: true }'],
  [{ shell: 'yes' }, 'shell: Invalid input: expected boolean'],
  [{ shells: true }, 'none, shells, all are written alone; a kind of session is as in { shell: true }'],
])('of a value that may be one thing or another, says what it may be: %j', async (restore, said) => {
  const { load } = folder({ 'teleclaude.config.json': { sessions: { restore } } })
  expect((await failure(load())).message).toContain(said)
})

describe('plugins', () => {
  const source = (name: string) =>
    `import { definePlugin } from 'teleclaude'
     const options = { safeParse: data => ({ success: true, data }) }
     export const ${name} = definePlugin({ name: '${name}', summary: '', options, setup() {} })`

  it('may be named by a path, a package beside the configuration, or with options', async () => {
    const { load } = folder({
      'teleclaude.config.json': { plugins: ['./mine.ts', 'teleclaude-plugin-x', ['mcp', {}]] },
      'mine.ts': source('mine'),
      'node_modules/teleclaude-plugin-x/package.json': { type: 'module', exports: { import: './main.js' } },
      'node_modules/teleclaude-plugin-x/main.js': source('x'),
    })
    const { plugins } = await load()
    expect(plugins).toEqual(['mine', 'x', 'mcp'])
  })

  it.each([
    ['regsitry', /Did you mean 'registry'/],
    ['nothing-like-it', /terminal/],
    ['teleclaude-plugin-absent', /no plugin 'teleclaude-plugin-absent'/],
    ['./absent.ts', /absent\.ts/],
  ])('refuses %s and says what there is', async (name, message) => {
    const fault = await failure(folder({ 'teleclaude.config.json': { plugins: [name] } }).load())
    expect(fault).toMatchObject({ code: 'TC_ERR_PLUGIN_UNKNOWN', message: expect.stringMatching(message) })
  })

  it.each([
    ['throws', 'throw new Error("boom")', /boom/],
    ['exports no plugin', 'export const a = 1', /exports no plugin/],
    ['imports a missing file', 'import "./nowhere.ts"', /nowhere\.ts/],
  ])('says so when the module of one %s', async (_, content, message) => {
    const { load } = folder({ 'teleclaude.config.json': { plugins: ['./p.ts'] }, 'p.ts': content })
    const fault = await failure(load())
    expect(fault).toMatchObject({ code: 'TC_ERR_CONFIG_LOAD', message: expect.stringMatching(message) })
  })

  it('says how to write one that was not called', async () => {
    const { load } = folder({
      'teleclaude.config.ts':
        "import { registry } from 'teleclaude/plugins/registry'\nexport default { plugins: [registry] }",
    })
    expect((await failure(load())).message).toContain('parentheses')
  })

  it('can be listed where the secrets of their options are missing', async () => {
    const { dir, load } = folder({
      'teleclaude.config.ts': `import { definePlugin, env, secret } from 'teleclaude'
        const x = definePlugin({ name: 'x', summary: '', options: secret(), setup() {} })
        export default { plugins: [x(env('ABSENT'))] }`,
    })
    const definitions = await loader.definitions({ cwd: dir, env: { HOME: dir } })
    expect(definitions).toEqual(['x'])
    const fault = await failure(load())
    expect(fault).toMatchObject({
      code: 'TC_ERR_SECRET',
      message: expect.stringMatching(/plugins\.x: .*ABSENT/),
    })
  })
})

it('gives configurations the very core that runs, though the package is not installed beside them', async () => {
  const { load } = folder({
    'teleclaude.config.ts': `import { definePlugin, env, secret } from 'teleclaude'
      const x = definePlugin({ name: 'x', summary: '', options: secret(), setup() {} })
      export default { plugins: [x(env('ONLY_IN_DOT_ENV'))] }`,
    '.env': `ONLY_IN_DOT_ENV=${LONG}`,
  })
  // Another copy of `secret` would not know this configuration's .env.
  expect((await load()).revealed).toEqual([LONG])
})

it.each(['ts', 'js'])(
  'is read as an ES module, and what it imports too, in the folder of a CommonJS project (.%s)',
  async ending => {
    const { load } = folder({
      'package.json': { type: 'commonjs' },
      [`teleclaude.config.${ending}`]: `import { name } from './name.${ending}'
      import { defineConfig } from 'teleclaude'
      export default defineConfig({ computer: { name }, plugins: [] })`,
      [`name.${ending}`]: "export const name = 'beside'",
    })
    expect((await load()).config.computer.name).toBe('beside')
  },
)

describe('secrets', () => {
  it.each([
    ['an environment variable', { env: 'MESH' }],
    ['a file', { file: 'mesh.txt' }],
  ])('come from %s', async (_, secret) => {
    const { dir, load } = folder({ 'teleclaude.config.json': { plugins: [], mesh: { secret } } })
    writeFileSync(join(dir, 'mesh.txt'), `${LONG}\n`)
    const loaded = await load({ MESH: LONG })
    expect(loaded.config.mesh?.secret).toBe(LONG)
    expect(loaded.revealed).toEqual([LONG])
  })

  it('come from .env beside the configuration, where the environment does not say', async () => {
    const config = { plugins: [], mesh: { secret: { env: 'MESH' } } }
    const { load } = folder({ 'conf/c.json': config, 'conf/.env': `MESH="${LONG}"` })
    expect((await load({}, 'conf/c.json')).config.mesh?.secret).toBe(LONG)
    expect((await load({ MESH: `another ${LONG}` }, 'conf/c.json')).config.mesh?.secret).toBe(
      `another ${LONG}`,
    )
  })

  it.each([
    ['the variable is not set', { env: 'ABSENT' }, /mesh\.secret: .*ABSENT/],
    ['the file is not there', { file: 'absent.txt' }, /mesh\.secret: .*absent\.txt/],
    ['the file is empty', { file: 'empty.txt' }, /mesh\.secret: .*empty/],
  ])('are reported by path when %s', async (_, secret, message) => {
    const { load } = folder({
      'teleclaude.config.json': { plugins: [], mesh: { secret } },
      'empty.txt': '\n',
    })
    expect(await failure(load())).toMatchObject({
      code: 'TC_ERR_SECRET',
      message: expect.stringMatching(message),
    })
  })

  it('may stand in the configuration itself only if nobody else can read it, and are never repeated', async () => {
    const { dir, load } = folder({ 'teleclaude.config.json': { plugins: [], mesh: { secret: LONG } } })
    chmodSync(join(dir, 'teleclaude.config.json'), 0o640)
    const fault = await failure(load())
    expect(fault).toMatchObject({ code: 'TC_ERR_SECRET', message: expect.stringContaining('chmod 600') })
    expect(fault.message).not.toContain(LONG)
    chmodSync(join(dir, 'teleclaude.config.json'), 0o600)
    expect((await load()).config.mesh?.secret).toBe(LONG)
  })
})

describe('environments', () => {
  const config = {
    plugins: ['registry'],
    log: { level: 'info', plugins: { mcp: 'debug' } },
    environments: {
      production: { log: { level: 'warn' } },
      development: { plugins: [], mesh: { secret: { env: 'ABSENT' } } },
    },
  }

  it('override what they name and leave the rest', async () => {
    const { load } = folder({ 'teleclaude.config.json': config })
    expect((await load()).config.log.level).toBe('info')
    const loaded = await load({ TELECLAUDE_ENV: 'production' })
    expect(loaded.config.log).toEqual({ level: 'warn', plugins: { mcp: 'debug' } })
    expect(loaded.plugins).toHaveLength(1)
    expect((await failure(load({ TELECLAUDE_ENV: 'development' }))).message).toContain('ABSENT')
  })

  it('refuse a name that is none', async () => {
    const { load } = folder({ 'teleclaude.config.json': { ...config, environments: { prod: {} } } })
    const fault = await failure(load({ TELECLAUDE_ENV: 'developmnet' }))
    expect(fault.message).toMatch(/environments: 'prod'/)
    expect(fault.message).toMatch(/Did you mean 'development'/)
  })
})

it('makes paths absolute from its own folder', async () => {
  const { dir } = folder({
    'conf/teleclaude.config.json': {
      plugins: [],
      defaultCwd: 'work',
      projects: [{ name: 'a', path: '~/a' }],
    },
  })
  symlinkSync(join(dir, 'conf'), join(dir, 'link'))
  const { config } = await loader.load({ cwd: dir, env: {}, path: 'link/teleclaude.config.json' })
  expect(config.defaultCwd).toBe(join(dir, 'link/work'))
  expect(config.projects[0]?.path).toBe(join(homedir(), 'a'))
})
