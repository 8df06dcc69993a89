import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { cacheFolder, findProgram, type Wanted } from '../support/debian.ts'
import { tempDir } from '../support/temp-dir.ts'

const wanted: Wanted = {
  name: 'tc-greet',
  variable: 'TC_GREET',
  packages: ['tc-greet'],
  install: '`apt-get install tc-greet`',
}
const isDebian = spawnSync('apt-get', ['--version']).status === 0

/** A program in a folder of its own. */
function programIn(dir: string, name = wanted.name): string {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, name), '#!/bin/sh\necho hello\n', { mode: 0o755 })
  return join(dir, name)
}

it('takes the program that the variable names, before that on PATH', async () => {
  const dir = tempDir()
  const path = programIn(join(dir, 'bin'))
  const named = programIn(dir, 'other')
  const env = { HOME: dir, PATH: `${dir}/none:${dir}/bin` }
  expect(await findProgram(wanted, env)).toEqual({ path, env: {} })
  expect(await findProgram(wanted, { ...env, TC_GREET: named })).toEqual({ path: named, env: {} })
})

it('refuses a variable that names no program', async () => {
  const env = { HOME: tempDir(), PATH: '', TC_GREET: '/none' }
  await expect(findProgram(wanted, env)).rejects.toThrow('TC_GREET=/none is no program that can be run')
})

it('says what to install where it can fetch nothing', async () => {
  const failed = findProgram(wanted, { HOME: tempDir(), PATH: '/none' })
  await expect(failed).rejects.toThrow(
    'tc-greet is needed and is not on PATH. Install it (`apt-get install tc-greet`), or let TC_GREET name it. Fetching it with apt-get failed: there is no apt-get here',
  )
})

it.runIf(isDebian)('unpacks packages and what they need, once, also for two at the same time', async () => {
  const dir = tempDir()
  const env = { HOME: dir, PATH: process.env.PATH, APT_CONFIG: archiveIn(join(dir, 'archive')) }
  const [program, same] = await Promise.all([findProgram(wanted, env), findProgram(wanted, env)])
  expect(same).toEqual(program)
  expect(execFileSync(program.path, { encoding: 'utf8' })).toBe('hello\n')
  expect(globSync('usr/share/tc-words', { cwd: cacheFolder(wanted, env) })).toHaveLength(1)
  expect(readdirSync(dirname(cacheFolder(wanted, env)))).toHaveLength(1)
  rmSync(join(dir, 'archive'), { recursive: true })
  expect(await findProgram(wanted, env)).toEqual(program)
})

it.runIf(isDebian)('goes on where another was killed, and removes what that one left', async () => {
  const dir = tempDir()
  const env = { HOME: dir, PATH: process.env.PATH, APT_CONFIG: archiveIn(join(dir, 'archive')) }
  const parent = dirname(cacheFolder(wanted, env))
  for (const name of ['unfinished-old', 'unfinished-new'])
    mkdirSync(join(parent, name, 'archives'), { recursive: true })
  utimesSync(join(parent, 'unfinished-old'), 0, 0)
  await findProgram(wanted, env)
  expect(readdirSync(parent).filter(name => name.startsWith('unfinished-'))).toEqual(['unfinished-new'])
})

it.runIf(isDebian)('says why apt-get failed', async () => {
  const dir = tempDir()
  const env = { HOME: dir, PATH: process.env.PATH, APT_CONFIG: archiveIn(join(dir, 'archive')) }
  const failed = findProgram({ ...wanted, packages: ['tc-nowhere'] }, env)
  await expect(failed).rejects.toThrow('Unable to locate package tc-nowhere')
  expect(readdirSync(join(dir, '.cache/teleclaude/debian'))).toEqual([])
})

/** An archive of packages as distributions have them; returns the settings with which apt-get uses it alone. */
function archiveIn(dir: string): string {
  programIn(join(dir, 'tc-greet/usr/bin'))
  mkdirSync(join(dir, 'tc-words/usr/share/tc-words'), { recursive: true })
  const stanzas = [packageIn(dir, 'tc-greet', 'Depends: tc-words\n'), packageIn(dir, 'tc-words', '')]
  writeFileSync(join(dir, 'Packages'), stanzas.join('\n'))
  writeFileSync(join(dir, 'sources.list'), `deb [trusted=yes] file:${dir} ./\n`)
  const sources = `Dir::Etc::sourcelist "${dir}/sources.list";\nDir::Etc::sourceparts "/none";\n`
  writeFileSync(join(dir, 'apt.conf'), sources)
  return join(dir, 'apt.conf')
}

/** Builds the package from the folder of its name; returns what the archive lists of it. */
function packageIn(dir: string, name: string, depends: string): string {
  const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: tests <tests@localhost>\n${depends}Description: for a test\n`
  mkdirSync(join(dir, name, 'DEBIAN'))
  writeFileSync(join(dir, name, 'DEBIAN/control'), control)
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', name, `${name}.deb`], {
    cwd: dir,
    stdio: 'pipe',
  })
  const archive = readFileSync(join(dir, `${name}.deb`))
  const hash = createHash('sha256').update(archive).digest('hex')
  return `${control}Filename: ./${name}.deb\nSize: ${archive.length}\nSHA256: ${hash}\n`
}
