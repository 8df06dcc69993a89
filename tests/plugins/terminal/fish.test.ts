import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SessionId } from '../../../core/index.ts'
import { findProgram } from '../../support/debian.ts'
import { tmuxProgram } from '../../support/tmux-program.ts'
import { until } from '../../support/until.ts'
import { fish } from './conformance/shells.ts'
import { Harness } from './harness.ts'

let it: Harness
beforeAll(async () => {
  it = await Harness.create(
    { defaultShell: fish.program.path },
    { env: fish.program.env, files: fish.files ?? {} },
  )
  await mkdir(`${it.folder}/.config/fish/conf.d`, { recursive: true })
})
afterAll(() => it[Symbol.asyncDispose]())

async function start(rc: string): Promise<SessionId> {
  await writeFile(`${it.folder}/.config/fish/config.fish`, `function fish_greeting; end\n${rc}`)
  const id = await it.start()
  onTestFinished(() => it.terminals.close(id))
  return id
}

describe('fish marks are exact with', () => {
  test.each([
    ['its own prompt', ''],
    [
      'a prompt of several lines and one on the right',
      `function fish_prompt; echo one; set_color red; echo -n 'two> '; end; function fish_right_prompt; date; end`,
    ],
    ['vi mode', `fish_vi_key_bindings; function fish_prompt; echo '> '; end`],
    [
      'handlers that print',
      `function a --on-event fish_preexec; echo before; end; function b --on-event fish_postexec; echo after; end
       function c --on-event fish_prompt; echo prompt; end; function fish_prompt; echo '> '; end`,
    ],
    [
      'a transient prompt',
      `function fish_prompt; if set -q small; set -e small; echo '> '; else; echo 'a long one> '; end; end
       function enter; set -g small 1; commandline -f repaint; commandline -f execute; end; bind \\r enter`,
    ],
    [
      'OSC 133 of its own',
      `function fish_prompt; printf '\\e]133;A\\a> \\e]133;B\\a'; end; function d --on-event fish_postexec; printf '\\e]133;D;%s\\a' $status; end`,
    ],
    ['a title of its own', `function fish_title; echo mine; end; function fish_prompt; echo '> '; end`],
    [
      'functions called as its own',
      `function printf; echo mine; end; function string; echo mine; end; function fish_prompt; echo '> '; end`,
    ],
  ])('%s', async (_name, rc) => {
    const id = await start(rc)
    for (const [command, exitCode, output] of [
      ['echo hello', 0, 'hello\r\n'],
      [`sh -c 'exit 3'`, 3, ''],
      [`sh -c 'printf x'`, 0, 'x'],
      [`sh -c 'printf "\\\\033[31mred"'`, 0, '\x1b[31mred'],
      ['for i in 1 2\n  echo $i\nend', 0, '1\r\n2\r\n'],
    ] as const) {
      const ran = await it.run(id, command)
      expect(ran.output).toBe(output)
      expect(ran.end.exitCode).toBe(exitCode)
      expect(ran.types).toEqual(['start', 'end', 'prompt'])
      expect((await it.run(id, '')).types).toEqual(['end', 'prompt'])
    }
    expect(it.sink.text(id)).not.toContain('7331')
  })

  // What fish prints before a command then is its output.
  test('no title', async () => {
    const id = await start(`function fish_title; end; function fish_prompt; echo '> '; end`)
    expect((await it.run(id, 'echo hello')).output).toMatch(/^(\x1b\S+)*hello\r\n$/)
  })
})

test('a loop of fish ends with ctrl-c', async () => {
  const id = await start(fish.quietRc)
  await it.submit(id, 'while true; end')
  await until(() => it.sink.marks(id).at(-1)?.type === 'start')
  await it.terminals.write(id, { type: 'keys', keys: ['ctrl-c'] })
  await until(() => it.terminals.isAtPrompt(id))
})

test('a command starts at once where the terminal is said to be dumb, and has no title', async () => {
  const id = await start(`set -gx TERM dumb\n${fish.quietRc}`)
  await it.submit(id, 'sleep 100')
  await until(() => it.sink.marks(id).at(-1)?.type === 'start')
})

test('the file with the secret is gone, also where fish never came to read it', async () => {
  const id = await start(fish.quietRc)
  expect((await it.run(id, 'set --names | grep TELECLAUDE_MARK')).output).toBe('')
  const other = await start('exec cat')
  expect(await readdir(`${it.folder}/starting`)).toHaveLength(1)
  await it.terminals.close(other)
  await until(async () => (await readdir(`${it.folder}/starting`)).length === 0)
})

describe('fish is the shell of whoever logs in with it, where', () => {
  const NEEDED = ['/usr/bin/env', '/bin/sh']

  /** Whose login shell it is, and on whose PATH there is nothing but what is named. */
  async function computerWith(programs: readonly string[]): Promise<Harness> {
    const { path } = await findProgram(tmuxProgram)
    const its = await Harness.create(
      { tmuxProgram: path },
      { env: fish.program.env, files: fish.files ?? {} },
    )
    onTestFinished(() => its[Symbol.asyncDispose]())
    const bin = `${its.folder}/bin`
    await mkdir(bin)
    for (const program of programs) await symlink(program, `${bin}/${basename(program)}`)
    const variables = Object.entries(fish.program.env).map(([name, value]) => `${name}='${value}'`)
    const script = `#!/bin/sh\n${variables.join(' ')} exec '${fish.program.path}' "$@"\n`
    await writeFile(`${bin}/fish`, script, { mode: 0o755 })
    const config = `set -gx PATH ${bin}\nfunction fish_greeting; end\n${fish.quietRc}`
    await mkdir(`${its.folder}/.config/fish`, { recursive: true })
    await writeFile(`${its.folder}/.config/fish/config.fish`, config)
    // A daemon reads it when it starts.
    process.env.SHELL = `${bin}/fish`
    await its.restart()
    return its
  }

  test('there is a bash, which can be asked for', async () => {
    const its = await computerWith([...NEEDED, '/bin/bash'])
    expect((await its.run(await its.start(), 'echo $version; status is-interactive')).end.exitCode).toBe(0)
    const named = await its.start({ shell: 'bash' })
    expect((await its.run(named, 'echo $0')).output).toMatch(/bash\r\n$/)
  })

  test.each(['pty', 'tmux'])(
    'there is no bash: in %s marks are exact, lines run, and bash is missed by its name',
    async backend => {
      const its = await computerWith(NEEDED)
      const id = await its.start({ backend })
      const ran = await its.run(id, `echo $version; sh -c 'exit 3'`)
      expect(ran.output).toMatch(/^\d+\.\S+\r\n$/)
      expect([ran.end.exitCode, ran.types]).toEqual([3, ['start', 'end', 'prompt']])
      const line = await its.start({ backend, command: 'echo $version; exit 5' })
      expect(await its.exit(line)).toEqual({ exitCode: 5, signal: null })
      await expect(its.start({ backend, shell: 'bash' })).rejects.toMatchObject({
        code: 'TC_ERR_COMMAND_NOT_FOUND',
        message: expect.stringContaining(`'bash' is in no folder of PATH (${its.folder}/bin)`),
      })
    },
  )
})
