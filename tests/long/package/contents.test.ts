import { execFile, execFileSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { tableOf } from '../../bench/report.ts'
import { ratioOf } from '../../bench/row.ts'
import { install, measureInstall } from '../../bench/rows/install.ts'
import { type InstalledProgram, installProgram } from '../../support/packed.ts'
import { root } from '../../support/source-files.ts'

let program: InstalledProgram
beforeAll(async () => {
  program = await installProgram(inject('tarball'), join(process.execPath, '..'))
})
afterAll(() => program[Symbol.asyncDispose]())

const plugins = readdirSync(join(root, 'plugins'))

test('what is compiled is each source, with its types, and nothing else', () => {
  const listed = execFileSync('tar', ['-tzf', inject('tarball')], { encoding: 'utf8' }).split('\n')
  const compiled = listed.filter(path => path.startsWith('package/dist/')).map(path => path.slice(13))
  const sources = globSync('{core,plugins}/**/*.ts', { cwd: root })
  const expected = sources.flatMap(path => [path.replace(/ts$/, 'js'), path.replace(/ts$/, 'd.ts')])
  expect(compiled.sort()).toEqual(expected.sort())
})

test('whatever is exported is there with its types, for each plugin too', () => {
  const { exports } = JSON.parse(readFileSync(join(program.root, 'package.json'), 'utf8'))
  const targets = Object.values<string | Record<string, string>>(exports).flatMap(target => {
    if (typeof target === 'string') return [target]
    // The sources are not published; who asks for them is in a checkout.
    const { 'teleclaude-source': _, ...published } = target
    expect(Object.keys(published)).toEqual(['types', 'default'])
    return Object.values(published)
  })
  const paths = targets.flatMap(target =>
    target.includes('*') ? plugins.map(plugin => target.replace('*', plugin)) : [target],
  )
  expect(paths.length).toBe(5 + 2 * plugins.length)
  expect(paths.filter(path => !existsSync(join(program.root, path)))).toEqual([])
})

test.each([
  ['nodenext', 'nodenext'],
  ['preserve', 'bundler'],
])(
  'its types have no error for who uses all of them: module %s, resolution %s',
  async (module, resolution) => {
    const specifiers = [
      'teleclaude',
      'teleclaude/testing',
      ...plugins.map(name => `teleclaude/plugins/${name}`),
    ]
    const imports = specifiers.map((specifier, at) => `export * as m${at} from '${specifier}'`)
    writeFileSync(join(program.folder, 'all.mts'), imports.join('\n'))
    const options = {
      ...{ module, moduleResolution: resolution, target: 'es2024', lib: ['es2024', 'esnext.disposable'] },
      ...{ strict: true, noEmit: true, skipLibCheck: false, types: ['node'] },
      // Of node_modules there is only what users get, and what the compiler itself needs.
      typeRoots: [join(root, 'node_modules/@types')],
    }
    writeFileSync(
      join(program.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['all.mts'] }),
    )
    await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', program.folder]).catch(
      ({ stdout }) => {
        throw new Error(stdout)
      },
    )
  },
)

test('what installing it takes, and what each configuration loads of it, is measured', async () => {
  const figures = await measureInstall(inject('tarball'))
  process.stdout.write(`${tableOf([{ row: install, figures }])}\n`)
  const shares = figures.filter(({ what }) => what.startsWith('loaded: ')).map(ratioOf)
  expect(shares.length).toBeGreaterThan(3)
  expect(Math.max(...shares.map(share => share ?? 1))).toBeLessThan(0.5)
})
