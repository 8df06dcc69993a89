import { execFile } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, onTestFinished, test } from 'vitest'
import { installProgram } from '../../support/packed.ts'

test('a new plugin, made by the installed program, is tested, built, packed, and runs from its package', async () => {
  const tarball = inject('tarball')
  const program = await installProgram(tarball, join(process.execPath, '..'))
  onTestFinished(() => program[Symbol.asyncDispose]())
  const made = JSON.parse((await program.cli('plugin', 'new', 'ms-teams', '--json')).stdout)
  const { folder: cwd, env } = program
  await promisify(execFile)('sh', ['-ec', made.next.join('\n')], { cwd, env })
  await promisify(execFile)('npm', ['pack'], { cwd: made.folder, env })
  const packed = 'teleclaude-plugin-ms-teams-0.1.0.tgz'
  expect(readdirSync(made.folder)).toContain(packed)

  await program.npm('install', join(made.folder, packed))
  const config = { plugins: ['terminal', 'teleclaude-plugin-ms-teams'] }
  writeFileSync(join(program.folder, 'teleclaude.config.json'), JSON.stringify(config))
  await program.cli('start', '--detach')
  onTestFinished(() => program.cli('stop', '--sessions').then(() => undefined))
  const started = JSON.parse((await program.cli('session', 'start', '--title', 't', '--json')).stdout)
  await program.cli('session', 'send', started.session_id, 'echo hello')
  const { stdout } = await program.cli('session', 'get', started.session_id, '--json')
  expect(existsSync(JSON.parse(stdout).adapterMetadata['ms-teams'].path)).toBe(true)
})
