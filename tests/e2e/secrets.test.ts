import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const TOKEN = 'daemon-token-4711'
const daemon = TestDaemon.forFile({
  env: { MY_BOT_TOKEN: TOKEN, REDIS_URL: `redis://:${TOKEN}@localhost` },
  config: { log: { level: 'trace' } },
})

/** Every byte that the daemon and its pty host have written to disk: database, log of the database, logs, audit. */
function everythingOnDisk(): Map<string, Buffer> {
  const files = readdirSync(daemon.stateDir, { withFileTypes: true, recursive: true }).filter(file =>
    file.isFile(),
  )
  return new Map(files.map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))]))
}

function filesWith(text: string): string[] {
  return [...everythingOnDisk()].filter(([, bytes]) => bytes.includes(text)).map(([name]) => name)
}

describe('a password', () => {
  const ASK = `read -rs -p 'Password: ' password; echo; echo \${#password}`

  test.each([
    ['sent as text', (id: string, secret: string) => daemon.send(id, secret, { quiet_ms: 5000 })],
    [
      'typed as keys',
      (id: string, secret: string) =>
        daemon.call('session.keys', { session_id: id, keys: [...secret, 'enter'] }),
    ],
    ['typed raw', (id: string, secret: string) => daemon.input(id, `${secret}\r`, { raw: true })],
  ])('%s is in no journal, database, log or audit file', async (how, type) => {
    const secret = `hunter2-${how.replaceAll(' ', '-')}`
    const id = await daemon.session()
    await daemon.send(id, ASK, { wait_for: 'Password: $' })
    await type(id, secret)
    await until(async () => (await daemon.get(id)).state === 'ready', 'the prompt')

    const { output } = await daemon.readAll(id, { format: 'raw' })
    expect(output).toContain(`Password: \r\n${secret.length}\r\n`)
    const watched: unknown[] = []
    await daemon.call(
      'session.watch',
      { session_id: id, follow: false },
      { onItem: item => void watched.push(item) },
    )
    expect(JSON.stringify(watched)).toContain('Password: ')
    expect(JSON.stringify(watched)).not.toContain(secret)
    expect(filesWith('Password: ')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^teleclaude\.db/)]),
    )
    expect(filesWith(secret)).toEqual([])
    expect(daemon.printed).not.toContain(secret)
  })

  test('for a program that asks on its terminal by itself is kept out as well', async () => {
    const id = await daemon.session()
    const program = `python3 -c 'import getpass; print(len(getpass.getpass("Secret? ")))'`
    await daemon.send(id, program, { wait_for: 'Secret\\? $' })
    expect(await daemon.send(id, 'correct-horse', { quiet_ms: 5000 })).toMatchObject({ output: '\n13\n' })
    expect(filesWith('correct-horse')).toEqual([])
  })
})

describe("the daemon's own environment", () => {
  test('is in no terminal, nor on any command line', async () => {
    const id = await daemon.session()
    expect((await daemon.send(id, 'env; cat /proc/$PPID/environ | tr "\\0" "\\n"')).output).not.toContain(
      TOKEN,
    )
    const ran = await daemon.call<{ output: string }>('session.run', { command: 'env' })
    expect(ran.output).toContain('HOME=')
    expect(ran.output).not.toContain(TOKEN)
    expect((await daemon.call<{ output: string }>('session.run', { command: ['env'] })).output).not.toContain(
      TOKEN,
    )
    for (const pid of [...daemon.hostPids(), daemon.pid]) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain(TOKEN)
    }
    for (const pid of daemon.hostPids()) {
      expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toContain(TOKEN)
    }
    expect(filesWith(TOKEN)).toEqual([])
  })

  test('what a session asks for is there, and nothing of another session is', async () => {
    const id = await daemon.session({ env: { MINE: 'of this session' } })
    const other = await daemon.session()
    expect(await daemon.send(id, 'echo "$MINE"')).toMatchObject({ output: 'of this session\n' })
    expect(await daemon.send(other, 'echo "[$MINE]"')).toMatchObject({ output: '[]\n' })
    expect(await daemon.send(other, 'echo "$TELECLAUDE_SESSION_ID"')).toMatchObject({ output: `${other}\n` })
  })
})

test('what is on the disk can be read by its owner alone', async () => {
  const id = await daemon.session()
  const listed = await daemon.send(id, 'stat -c "%a %n" ~/s ~/s/*')
  const loose = listed.output.split('\n').filter(line => line && !/^[0-7]00 /.test(line))
  expect(listed.output).toContain('700 ')
  expect(loose).toEqual([])
})
