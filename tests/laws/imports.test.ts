import { expect, it } from 'vitest'
import { type SourceFile, sourceFiles } from '../support/source-files.ts'

const core = sourceFiles('core')
const plugins = sourceFiles('plugins')
const examples = sourceFiles('examples')

const pluginOf = (path: string) => path.split('/').slice(0, 2).join('/')
const isOwnPackage = (specifier: string) => /^teleclaude($|\/)/.test(specifier)
const isFile = (specifier: string) => /^(\.\.|core|plugins|examples|tests)\//.test(specifier)

/** `file → import` for every import that `isBad` says is. */
function offences(
  files: readonly SourceFile[],
  isBad: (imported: string, path: string) => boolean,
): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter(imported => isBad(imported, path)).map(imported => `${path} → ${imported}`),
  )
}

it('sees the sources that the laws are about', () => {
  expect(core.length).toBeGreaterThan(50)
  expect(plugins.flatMap(({ imports }) => imports)).toContain('core/index.ts')
  expect(core.flatMap(({ imports }) => imports)).toContain('zod')
})

it('core imports no plugin', () => {
  expect(offences(core, imported => imported.startsWith('plugins/') || isOwnPackage(imported))).toEqual([])
})

// The pty host is a process of its own that is to stay small, and core/index.ts brings the validator to it: 10 MB.
const hostsClock = { from: 'plugins/terminal/host/main.ts', to: 'core/clock.ts' }

it('a plugin imports of this program only core/index.ts and itself', () => {
  const isBad = (imported: string, path: string) =>
    !(path === hostsClock.from && imported === hostsClock.to) &&
    (isOwnPackage(imported) ||
      (isFile(imported) && imported !== 'core/index.ts' && pluginOf(imported) !== pluginOf(path)))
  expect(offences(plugins, isBad)).toEqual([])
})

it('an example imports the package by its name, and itself, as its readers must', () => {
  const isBad = (imported: string, path: string) => isFile(imported) && pluginOf(imported) !== pluginOf(path)
  expect(offences(examples, isBad)).toEqual([])
})

it('only the command line, and the host of the terminals, deal with signals to this process and its exit', () => {
  const mayExit = (path: string) => path.startsWith('core/cli/') || path === 'plugins/terminal/host/main.ts'
  const exits = /\bprocess\.(exit|exitCode|abort|on|once|off|addListener|removeListener)\b/
  const files = [...core, ...plugins].filter(({ path, code }) => !mayExit(path) && exits.test(code))
  expect(files.map(({ path }) => path)).toEqual([])
})

it('no file runs before one that it needs: imports do not go round in a circle', () => {
  expect(circles([...core, ...plugins, ...examples])).toEqual([])
})

/** Every import that leads back to a file it was reached through, with the way there. */
function circles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map(({ path, runsFirst }) => [path, runsFirst]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const imported of graph.get(path) ?? []) visit(imported, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}
