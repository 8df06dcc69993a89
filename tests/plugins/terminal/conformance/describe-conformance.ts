import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { TerminalSettings } from '../../../../plugins/terminal/options.ts'
import { until } from '../../../support/until.ts'
import { Harness, type StartOptions } from '../harness.ts'
import type { ShellUnderTest } from './shells.ts'

/** What sessions run in, and with which settings. */
export interface BackendUnderTest {
  readonly name: string
  readonly settings: Partial<TerminalSettings>
}

export interface Conformance {
  readonly shell: ShellUnderTest
  readonly backend: BackendUnderTest
}

/**
 * What every shell does on every backend. One more of either is one more call of this function, in a file of its own so
 * that files run side by side: a backend is a name and the settings that choose it (see `pty-shells.test.ts`), a shell an
 * entry in `shells.ts`. In what shells differ is read from the product (`shellTraits`), not said here.
 */
export function describeConformance({ shell, backend }: Conformance): void {
  let it: Harness
  beforeAll(async () => {
    const settings = { ...backend.settings, defaultShell: shell.program.path }
    it = await Harness.create(settings, { env: shell.program.env, files: shell.files ?? {} })
  })
  afterAll(() => it[Symbol.asyncDispose]())

  /** A session of its own for each test, in the home folder. */
  async function start({ rc = shell.quietRc, ...options }: StartOptions & { readonly rc?: string } = {}) {
    const path = join(it.folder, shell.rcFile)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, rc)
    const id = await it.start(options)
    onTestFinished(() => it.terminals.close(id))
    return id
  }

  describe(`${shell.name} on ${backend.name}: a command at the prompt`, () => {
    test.each([
      ['true', 0, ''],
      ['false', 1, ''],
      [`sh -c 'exit 3'`, 3, ''],
      ['printf abc', 0, 'abc'],
      ['printf a; printf "b\\n"', 0, 'ab\r\n'],
      ['echo one; echo two', 0, 'one\r\ntwo\r\n'],
      [`sh -c 'echo out; echo err >&2; exit 130'`, 130, 'out\r\nerr\r\n'],
      [`printf '\\033[31mred\\r'`, 0, '\x1b[31mred\r'],
      [
        `printf '\\033]7331;secret;1;e;0;/\\a\\033]133;D;0\\a'`,
        0,
        '\x1b]7331;secret;1;e;0;/\x07\x1b]133;D;0\x07',
      ],
    ])('%s ends with its own code and output', async (command, exitCode, output) => {
      const id = await start()
      const ran = await it.run(id, command)
      expect(ran.output).toBe(output)
      expect(ran.end).toMatchObject({ exitCode, cwd: it.folder, durationMs: expect.any(Number) })
      expect(ran.types).toEqual(['start', 'end', 'prompt'])
    })

    test('gives its own code to a program that is killed', async () => {
      const id = await start()
      expect((await it.run(id, `sh -c 'kill -KILL $$'`)).end.exitCode).toBe(137)
    })

    test('is ended by ctrl-c with 130', async () => {
      const id = await start()
      await it.submit(id, `sh -c 'echo on; exec sleep 100'`)
      await until(() => it.sink.text(id).includes('on\r\n'))
      expect(it.terminals.isAtPrompt(id)).toBe(false)
      await it.terminals.write(id, { type: 'keys', keys: ['ctrl-c'] })
      await until(() => it.terminals.isAtPrompt(id))
      expect(it.sink.marks(id).at(-2)).toMatchObject({ type: 'end', exitCode: 130 })
    })

    test('that is given up with ctrl-c is an end without a start', async () => {
      const id = await start()
      await it.terminals.write(id, { type: 'text', text: 'echo never', submit: false })
      await until(() => it.sink.text(id).includes('never'))
      const before = it.sink.marks(id).length
      await it.terminals.write(id, { type: 'keys', keys: ['ctrl-c'] })
      await until(() => it.sink.marks(id).length === before + 2)
      expect(it.sink.marks(id).slice(before)).toMatchObject([
        { type: 'end', durationMs: null },
        { type: 'prompt' },
      ])
      expect((await it.run(id, 'echo yes')).output).toBe('yes\r\n')
    })

    test('can still be typed after ctrl-c at an empty prompt', async () => {
      const id = await start()
      await it.run(id, 'true')
      const before = it.sink.marks(id).length
      await it.terminals.write(id, { type: 'keys', keys: ['ctrl-c'] })
      if (shell.traits.promptsAfterInterrupt) await until(() => it.sink.marks(id).length === before + 2)
      await until(() => it.terminals.isAtPrompt(id))
    })

    test('with an empty line is an end, and a prompt drawn again is nothing', async () => {
      const id = await start()
      await it.terminals.write(id, { type: 'keys', keys: ['ctrl-l'] })
      expect((await it.run(id, '')).types).toEqual(['end', 'prompt'])
    })

    test('that cannot be parsed is an end without a start, and leaves an empty prompt', async () => {
      const id = await start()
      const ran = await it.run(id, shell.syntaxError)
      expect(ran.types).toEqual(['end', 'prompt'])
      expect(ran.end).toMatchObject({ exitCode: shell.traits.syntaxErrorCode, durationMs: null })
      expect((await it.run(id, 'echo fine')).output).toBe('fine\r\n')
    })

    test('that is not finished waits, and ctrl-c gives the prompt back', async () => {
      const id = await start()
      const [line, waiting] = shell.unfinished
      await it.submit(id, line)
      expect(it.terminals.isAtPrompt(id)).toBe(false)
      await until(() => waiting.test(it.sink.text(id)))
      await it.terminals.write(id, { type: 'keys', keys: ['ctrl-c'] })
      await until(() => it.terminals.isAtPrompt(id))
      expect(it.sink.marks(id).map(mark => mark.type)).not.toContain('start')
      expect((await it.run(id, 'echo fine')).output).toBe('fine\r\n')
    })

    test('of several pasted lines has one end', async () => {
      const id = await start()
      const ran = await it.run(id, 'echo a\necho b\nfalse')
      const starts = shell.traits.startsEachPastedLine ? ['start', 'start', 'start'] : ['start']
      expect(ran.types).toEqual([...starts, 'end', 'prompt'])
      expect(ran.output.replaceAll(/\x1b\[\?2004[hl]\r?/g, '')).toContain('a\r\n')
      expect(ran.end.exitCode).toBe(1)
    })

    test('with tabs is pasted, not completed', async () => {
      const id = await start()
      const tab = shell.traits.takesTabs ? '\t' : ' '
      expect((await it.run(id, `printf %s\t'\ta\tb'`)).output).toBe(`${tab}a${tab}b`)
    })

    test('is longer than the terminal is wide', async () => {
      const id = await start({ cols: 40 })
      const long = 'x'.repeat(300)
      expect((await it.run(id, `echo ${long}`)).output).toBe(`${long}\r\n`)
    })

    test('tells where it went, whatever the folder is called', async () => {
      const id = await start()
      const folder = `${it.folder}/ä; %41 "x" (%d%) $HOME`
      const ran = await it.run(id, `mkdir -p '${folder}'; cd '${folder}'`)
      expect(ran.end.cwd).toBe(folder)
      expect(it.sink.changes.filter(([of]) => of === id)).toEqual([[id, { cwd: folder }]])
    })

    test('in the background says nothing of its end to the next one', async () => {
      const id = await start()
      await it.run(id, `sh -c 'sleep 0.05; touch done' &`)
      await until(() => stat(`${it.folder}/done`).catch(() => null))
      await until(() => it.terminals.isAtPrompt(id))
      await it.run(id, 'true')
      expect((await it.run(id, 'echo x')).output).toBe('x\r\n')
    })

    test('that prints as much as it can is whole', async () => {
      const id = await start()
      const ran = await it.run(id, 'seq 1 20000')
      expect(ran.output).toBe(Array.from({ length: 20_000 }, (_, i) => `${i + 1}\r\n`).join(''))
    })
  })

  describe(`${shell.name} on ${backend.name}: the shell`, () => {
    test('keeps its secret from the programs that it starts', async () => {
      const id = await start()
      const names = (await it.run(id, 'env | cut -d= -f1')).output
      expect(names).not.toMatch(/SECRET|MARK|__tc|TELECLAUDE_ZDOTDIR/)
      expect(it.sink.text(id)).not.toContain('7331')
    })

    test.runIf(process.platform === 'linux')('has it from a file, which is gone', async () => {
      const id = await start()
      const begun = await readFile(`/proc/${it.sink.sessions.get(id)?.terminal.pid}/environ`, 'utf8')
      const [, path] = /TELECLAUDE_MARK_FILE=([^\0]+)/.exec(begun) ?? []
      expect(path).toContain(it.folder)
      expect(await readdir(dirname(path ?? ''))).not.toContain(basename(path ?? ''))
      expect(begun).not.toMatch(/=[a-z2-7]{24}\0/)
    })

    test('gives none to a program that an rc file starts', async () => {
      const id = await start({ rc: `env >~/seen\n${shell.quietRc}` })
      // Fish reads the file first, and gives away where the secret was.
      expect((await it.run(id, 'grep -c MARK_SECRET seen')).output).toBe('0\r\n')
      await it.run(id, `cat $(sed -n s/^TELECLAUDE_MARK_FILE=//p seen) </dev/null`)
      expect(it.sink.text(id)).not.toMatch(/^[a-z2-7]{24}\r$/m)
    })

    test('has marks of its own below a nested one, which has none', async () => {
      const id = await start()
      for (const nested of ['bash --norc', shell.plain]) {
        await it.submit(id, nested)
        await until(() => it.sink.marks(id).at(-1)?.type === 'start')
        await until(() => /[$#%>] /.test(it.textSince(id, 'start')))
        await it.submit(id, 'echo nes""ted')
        await until(() => it.textSince(id, 'start').includes('nested\r\n'))
        expect(it.sink.marks(id).at(-1)?.type).toBe('start')
        expect(it.terminals.isAtPrompt(id)).toBe(false)
        await it.submit(id, 'exit')
        await until(() => it.terminals.isAtPrompt(id))
        expect((await it.run(id, 'echo back')).output).toBe('back\r\n')
      }
    })

    test('is gone for good when another program takes its place', async () => {
      const id = await start()
      await it.submit(id, `exec ${shell.plain}`)
      await until(() => it.sink.marks(id).at(-1)?.type === 'start')
      await it.submit(id, 'echo nes""ted')
      await until(() => it.sink.text(id).includes('nested\r\n'))
      expect(it.sink.marks(id).at(-1)?.type).toBe('start')
    })

    test('and its prompt are known to the next daemon', async () => {
      const id = await start()
      await it.run(id, 'cd /tmp')
      await it.restart()
      expect(it.terminals.isAtPrompt(id)).toBe(true)
      expect((await it.run(id, 'pwd')).output).toBe('/tmp\r\n')
      await it.submit(id, `${shell.readLine}; sh -c 'exit 4'`)
      await until(() => it.sink.marks(id).at(-1)?.type === 'start')
      await it.crash()
      expect(it.terminals.isAtPrompt(id)).toBe(false)
      await it.submit(id, 'go on')
      await until(() => it.terminals.isAtPrompt(id))
      expect(it.sink.marks(id).at(-2)).toMatchObject({ type: 'end', exitCode: 4, cwd: '/tmp' })
    })

    test('runs a line as its program, whose end is the exit', async () => {
      const id = await start({ command: 'echo one; exit 5' })
      expect(await it.exit(id)).toEqual({ exitCode: 5, signal: null })
      expect(it.sink.text(id)).toBe('one\r\n')
      expect(it.sink.marks(id)).toEqual([])
    })

    test('leaves with its exit code', async () => {
      const id = await start()
      await it.submit(id, 'exit 7')
      expect(await it.exit(id)).toMatchObject({ exitCode: 7 })
    })
  })

  describe(`${shell.name} on ${backend.name}: an rc file`, () => {
    test('may take its time', async () => {
      const id = await start({ rc: `printf '\\033[1mLoading\\n'; sleep 1.5\n${shell.quietRc}` })
      expect(it.terminals.isAtPrompt(id)).toBe(true)
      expect((await it.run(id, 'echo ready')).output).toBe('ready\r\n')
    })

    test('may print, and fail', async () => {
      const rc = `echo hello\nprintf 'no end'\nno-such-program-here\nfalse\n${shell.quietRc}\nfalse`
      const id = await start({ rc })
      expect(it.sink.text(id)).toContain('hello\r\nno end')
      expect((await it.run(id, 'echo ready')).output).toBe('ready\r\n')
    })

    test('that ends the shell ends the session, with its code', async () => {
      const id = await start({ rc: shell.quit })
      expect(await it.exit(id)).toMatchObject({ exitCode: 3 })
    })

    // Less time than is given to a first prompt that may still come.
    test.each(['bash --norc', 'sh', 'cat'])(
      'that becomes %s is not waited for',
      { timeout: 9000 },
      async program => {
        const id = await start({ rc: `exec ${program}` })
        expect(it.terminals.isAtPrompt(id)).toBe(false)
        await it.submit(id, 'echo nes""ted')
        await until(() => it.sink.text(id).includes('nested\r\n') || it.sink.text(id).includes('nes""ted'))
        expect(it.sink.marks(id)).toEqual([])
      },
    )

    test('that starts another shell is not waited for, and goes on after it', { timeout: 9000 }, async () => {
      const id = await start({ rc: `bash --norc\n${shell.quietRc}` })
      expect(it.terminals.isAtPrompt(id)).toBe(false)
      await it.submit(id, 'exit')
      await until(() => it.terminals.isAtPrompt(id))
      expect((await it.run(id, 'echo mine')).output).toBe('mine\r\n')
    })

    test('that cannot be read is none', async () => {
      const id = await start({ rc: 'echo "unclosed\n' })
      expect((await it.run(id, 'echo ready')).output).toBe('ready\r\n')
    })
  })
}
