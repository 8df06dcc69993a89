import { execFileSync } from 'node:child_process'
import { globSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readText, root } from '../support/source-files.ts'

interface PackedFile {
  readonly path: string
  readonly mode: number
}

/** What is published, but for what is compiled: whether that is there depends on what was done in this checkout. */
const packed: readonly PackedFile[] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
)[0].files.filter(({ path }: PackedFile) => !path.startsWith('dist/'))

it('the package has the program, the pages, the example, what plugins bring along, and nothing else', () => {
  const shipped = ['bin/**', 'docs/**', 'examples/file-adapter/*', 'plugins/*/assets/**']
  // With dots: zsh wants a .zshenv.
  const files = [...shipped, 'plugins/*/assets/**/.*'].flatMap(pattern => globSync(pattern, { cwd: root }))
  const expected = new Set(files.filter(path => lstatSync(join(root, path)).isFile()))
  const pages = ['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md']
  for (const name of [...pages, 'package.json']) expected.add(name)
  expect(packed.map(({ path }) => path).sort()).toEqual([...expected].sort())
})

it('its program can be run, and nothing else is to be', () => {
  const runnable = packed.filter(({ mode }) => mode & 0o111).map(({ path }) => path)
  expect(runnable).toEqual(['bin/teleclaude'])
})

it('it has no script that npm would tell people of when they install it', () => {
  const { scripts } = JSON.parse(readText('package.json'))
  const atInstall = [
    'preinstall',
    'install',
    'postinstall',
    'preprepare',
    'prepare',
    'postprepare',
    'prepublish',
  ]
  expect(Object.keys(scripts).filter(name => atInstall.includes(name))).toEqual([])
})
