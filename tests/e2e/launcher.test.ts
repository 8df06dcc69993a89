import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../support/temp-dir.ts'

const BIN = resolve(import.meta.dirname, '../../bin/teleclaude')
const VERSION = JSON.parse(readFileSync(resolve(BIN, '../../package.json'), 'utf8')).version

/**
 * The launcher as npm installs it for all projects: in `<prefix>/lib/node_modules`, with a link in `<prefix>/bin`. The
 * program only says under which Node.js it runs. The folders of the system are those of the prefix, so that it is known
 * which Node.js there is.
 */
function installed() {
  const prefix = tempDir()
  const bin = join(prefix, 'lib/node_modules/teleclaude/bin')
  mkdirSync(bin, { recursive: true })
  const launcher = join(bin, 'teleclaude')
  const script = readFileSync(BIN, 'utf8').replace(
    /^(\s*beside=.*"\$beside)?\/(usr|opt)\//gm,
    `$1${prefix}/$2/`,
  )
  writeFileSync(launcher, script, { mode: 0o755 })
  writeFileSync(join(bin, 'teleclaude.mjs'), 'console.log(process.argv0)')
  mkdirSync(join(prefix, 'bin'))
  symlinkSync('../lib/node_modules/teleclaude/bin/teleclaude', join(prefix, 'bin/teleclaude'))
  const node = (folder: string) => {
    mkdirSync(join(prefix, folder), { recursive: true })
    symlinkSync(process.execPath, join(prefix, folder, 'node'))
    return join(prefix, folder, 'node')
  }
  const run = (path: string, PATH = '/nowhere') => {
    const { status, stdout, stderr } = spawnSync(path, ['x'], {
      env: { PATH, HOME: prefix },
      encoding: 'utf8',
    })
    return { status, stdout: stdout.trim(), stderr }
  }
  return { prefix, launcher, link: join(prefix, 'bin/teleclaude'), node, run }
}

test('the node on PATH comes first', () => {
  const { link, node, run } = installed()
  node('bin')
  const first = node('first')
  expect(run(link, dirname(first))).toMatchObject({ status: 0, stdout: first })
})

test('without node on PATH it runs under the one that it was installed with, called by its link or by its file', () => {
  const { link, launcher, node, run, prefix } = installed()
  const beside = node('bin')
  expect(run(link)).toEqual({ status: 0, stdout: beside, stderr: '' })
  const { status, stdout } = run(launcher)
  expect([status, resolve(stdout)]).toEqual([0, join(prefix, 'bin/node')])
})

test('else under one that stands where installers put it', () => {
  const { link, node, run } = installed()
  expect(run(link).status).toBe(1)
  const usual = node('opt/homebrew/bin')
  expect(run(link)).toMatchObject({ status: 0, stdout: usual })
})

test('where there is none at all it says what to do', () => {
  const { link, run } = installed()
  expect(run(link)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/no 'node' on PATH.*Install Node\.js 22\.18/),
  })
})

test('a CDPATH of the shell does not lead it elsewhere, called by a path from here', () => {
  const { node, prefix } = installed()
  const first = node('first')
  const { status, stdout } = spawnSync('bin/teleclaude', ['x'], {
    cwd: join(prefix, 'lib/node_modules/teleclaude'),
    env: { PATH: dirname(first), HOME: prefix, CDPATH: prefix },
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([0, `${first}\n`])
})

test('a checkout runs under the pinned Node.js, whatever PATH says', () => {
  const output = execFileSync(BIN, ['--version'], {
    env: { PATH: '/nowhere', HOME: tempDir() },
    encoding: 'utf8',
  })
  expect(output).toBe(`${VERSION}\n`)
})
