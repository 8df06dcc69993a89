import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { VERSION } from '../../../core/version.ts'
import { file } from '../../../examples/file-adapter/index.ts'
import { commandLine } from '../../support/command-line.ts'
import { documentedRows, optionRows } from '../../support/option-rows.ts'
import { root } from '../../support/source-files.ts'
import { tempDir } from '../../support/temp-dir.ts'

const run = promisify(execFile)
const EXAMPLE = join(root, 'examples/file-adapter')

interface Made {
  readonly name: string
  readonly package: string
  readonly folder: string
  readonly files: readonly string[]
  readonly next: readonly string[]
}

/** A folder to make plugins in, where what they import is found. */
function workshop() {
  const dir = tempDir()
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  const { run, json } = commandLine(dir)
  const make = (name: string) => json<Made>('plugin', 'new', name, '--json')
  const read = (...path: string[]) => readFileSync(join(dir, ...path), 'utf8')
  return { dir, run, make, read }
}

test('a new plugin passes its own tests, the conformance suite among them', async () => {
  const { dir, make } = workshop()
  const { folder } = await make('ms-teams')
  const config = join(dir, 'vitest.config.mjs')
  const resolve = { conditions: ['teleclaude-source'] }
  writeFileSync(config, `export default ${JSON.stringify({ resolve, ssr: { resolve } })}`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const report = join(dir, 'report.json')
  const args = ['run', '--root', folder, '--config', config, '--reporter=json', `--outputFile=${report}`]
  await run(process.execPath, [vitest, ...args], { cwd: folder })
  const { success, numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
  expect({ success, numFailedTests }).toEqual({ success: true, numFailedTests: 0 })
  expect(numPassedTests).toBeGreaterThan(20)
})

test('its code has no errors of types, also where its name means something in code already', async () => {
  const { dir, make } = workshop()
  for (const name of ['matrix', 'ms-teams', 'class', 'await', 'test', 'session', 'x-2']) await make(name)
  writeFileSync(
    join(dir, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rootDir: '/', typeRoots: [join(root, 'node_modules/@types')] },
      include: ['teleclaude-plugin-*/*.ts'],
    }),
  )
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', dir]).catch(({ stdout }) => {
    throw new Error(stdout)
  })
})

test('it has its own name wherever a plugin has one, and nothing of the example', async () => {
  const { make, read } = workshop()
  const made = await make('ms-teams')
  const manifest = JSON.parse(read(made.package, 'package.json'))
  expect(manifest).toMatchObject({
    name: 'teleclaude-plugin-ms-teams',
    peerDependencies: { teleclaude: `^${VERSION}` },
  })
  expect(read(made.package, 'index.ts')).toContain(
    "export const msTeams = definePlugin({\n  name: 'ms-teams',",
  )
  expect(read(made.package, 'ms-teams-adapter.ts')).toContain("type: 'ms-teams'")
  const all = made.files.map(name => read(made.package, name)).join('\n')
  expect(all).not.toMatch(/FileAdapter|plugin-file|file-adapter|name: 'file'|type: 'file'|plugin: file/)
  expect(all).not.toContain(root.slice(0, -1))
  expect(readdirSync(made.folder).sort()).toEqual([...made.files].sort())
})

test('but for its README it is the example, which runs among these tests', async () => {
  const { make, read } = workshop()
  const { files, package: name } = await make('file')
  const same = readdirSync(EXAMPLE).filter(file => /\.(ts|json)$/.test(file))
  for (const file of same) expect(read(name, file)).toBe(readFileSync(join(EXAMPLE, file), 'utf8'))
  expect([...files].sort()).toEqual([...same, 'README.md', '.gitignore'].sort())
  expect(read(name, '.gitignore')).toContain('node_modules/\n')
})

test('its README has the options, what to do next, and links to what is there', async () => {
  const { make, read } = workshop()
  const { folder, package: name } = await make('matrix')
  const readme = read(name, 'README.md')
  expect(documentedRows(readme)).toEqual(optionRows(file.definition.options))
  expect(readme).toContain("import { matrix } from 'teleclaude-plugin-matrix'")
  expect(readme).toContain('## Make it yours')
  expect(readme).toContain('LICENSE')
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path ?? '')
  expect(links.length).toBeGreaterThan(4)
  expect(links.filter(path => !existsSync(join(folder, path)))).toEqual([])
})

test('it says what was made and what to type next; the whole name is as good as the short one', async () => {
  const { dir, run } = workshop()
  const { code, stdout } = await run(['plugin', 'new', 'teleclaude-plugin-matrix'])
  expect(code).toBe(0)
  expect(stdout).toContain(`Made ${dir}/teleclaude-plugin-matrix`)
  expect(stdout).toMatch(/\n {2}cd teleclaude-plugin-matrix\n {2}npm install --no-save ".*"\n {2}npm test\n/)
  expect(stdout).toContain('LICENSE')
})

test.each([
  '../matrix',
  'a/b',
  '.',
  '',
  'two words',
  'Upper',
  '-x',
  'a--b',
  'a\nb',
  '1st',
  'x'.repeat(197),
  '@me/matrix',
])('%j is refused as a name, and nothing is made', async name => {
  const { dir, run } = workshop()
  const { code, stderr } = await run(['plugin', 'new', '--', name])
  expect(code).toBe(2)
  expect(stderr).toContain('cannot be the name of a plugin')
  expect(readdirSync(dir)).toEqual(['node_modules'])
})

test('so is the name of a plugin that comes along', async () => {
  const { run } = workshop()
  expect(await run(['plugin', 'new', 'telegram'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('comes along'),
  })
})

test.each([
  ['a folder', (path: string) => mkdirSync(path)],
  ['a file', (path: string) => writeFileSync(path, 'kept')],
  ['a link that leads nowhere', (path: string) => symlinkSync('/nowhere/at/all', path)],
])('where there is %s of that name already, it is left alone', async (_, put) => {
  const { dir, run } = workshop()
  put(join(dir, 'teleclaude-plugin-matrix'))
  const { code, stdout, stderr } = await run(['plugin', 'new', 'matrix', '--json'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(JSON.parse(stderr).error.message).toContain('is there already')
  expect(readdirSync(dir).sort()).toEqual(['node_modules', 'teleclaude-plugin-matrix'])
})
