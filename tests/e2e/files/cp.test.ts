import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { commandLine } from '../../support/command-line.ts'
import { TestMesh } from '../../support/mesh.ts'

const MAX_BYTES = 8 * 2 ** 20

const mesh = TestMesh.forFile(['macbook', 'workstation'], {
  plugins: ['terminal', 'registry', 'mcp', ['files', { maxBytes: MAX_BYTES }]],
})
const macbook = () => mesh().daemon('macbook')
const workstation = () => mesh().daemon('workstation')
const cp = (...args: string[]) =>
  commandLine(macbook().home).run(['cp', ...args], {
    env: { TELECLAUDE_CONFIG: macbook().env.TELECLAUDE_CONFIG ?? '' },
  })

/** A fresh name for each test, in the home folders of both. */
let count = 0
function place(name = `file-${++count}`) {
  return {
    here: join(macbook().home, name),
    there: join(workstation().home, name),
    far: `workstation:${name}`,
  }
}

test.each([
  ['nothing', 0],
  ['one byte', 1],
  ['one piece exactly', 262_144],
  ['many pieces and a rest', 3 * 2 ** 20 + 7],
])('a file of %s goes there and comes back as it was', async (_what, bytes) => {
  const { here, there, far } = place()
  const content = randomBytes(bytes)
  writeFileSync(here, content)
  expect(await cp(here, far)).toMatchObject({ code: 0, stderr: '' })
  expect(readFileSync(there).equals(content)).toBe(true)
  expect((await cp(far, `${here}.back`)).code).toBe(0)
  expect(readFileSync(`${here}.back`).equals(content)).toBe(true)
  expect(readdirSync(workstation().home).filter(name => name.includes('part'))).toEqual([])
})

test.each([['a b'], ['new\nline'], ['$(touch x);`y`'], ['ünï 🎉'], ['-dash'], ['quote\'"']])(
  'the name %j means nothing but itself',
  async name => {
    const { here, there, far } = place(name)
    writeFileSync(here, name)
    expect((await cp('--', here, far)).code).toBe(0)
    expect(readFileSync(there, 'utf8')).toBe(name)
  },
)

test('into a folder it goes under its own name, and it stays executable', async () => {
  const { here, far, there } = place()
  mkdirSync(there)
  writeFileSync(here, '#!/bin/sh\n', { mode: 0o755 })
  chmodSync(here, 0o755)
  const { stdout } = await cp('--json', here, far)
  const name = here.split('/').at(-1) ?? ''
  expect(JSON.parse(stdout)).toEqual({ from: here, to: `${far}/${name}`, bytes: 10 })
  expect(statSync(join(there, name)).mode & 0o777).toBe(0o755)
})

test('what was there is replaced, and stays whole until then', async () => {
  const { here, far, there } = place()
  writeFileSync(here, 'new')
  writeFileSync(there, 'old and longer')
  expect((await cp(here, far)).code).toBe(0)
  expect(readFileSync(there, 'utf8')).toBe('new')
})

test.each([
  ['a file that is not there', 'workstation:missing', 'x', /there is no such file/],
  ['a folder', 'workstation:.', 'x', /it is a folder, and only files are copied/],
  ['what is above every root', 'workstation:../../etc/passwd', 'x', /in none of the folders/],
  ['an absolute path outside', 'workstation:/etc/passwd', 'x', /in none of the folders/],
  ['the state of the daemon', 'workstation:s/identity.key', 'x', /state of the daemon/],
  ['a computer that is not known', 'nobody:x', 'x', /nobody/],
])('%s is refused', async (_what, from, to, why) => {
  const { code, stderr } = await cp(from, join(macbook().home, to))
  expect(code).toBe(1)
  expect(stderr).toMatch(why)
})

test.each([
  ['above every root', '../../tmp/NAME'],
  ['above every root, through a folder that is there', 'inside/../../NAME'],
  ['outside of them', '/tmp/NAME'],
  ['in the state of the daemon', 's/config.ts'],
  ['in it, by another way', 'inside/../s/config.ts'],
])('nothing is put in a place %s', async (_what, named) => {
  const { here } = place()
  const to = named.replace('NAME', `escaped-${basename(workstation().home)}`)
  writeFileSync(here, 'x')
  mkdirSync(join(workstation().home, 'inside'), { recursive: true })
  const { code, stderr } = await cp(here, `workstation:${to}`)
  expect([code, stderr]).toEqual([1, expect.stringMatching(/in none of the folders|state of the daemon/)])
  expect(existsSync(resolve(workstation().home, to))).toBe(false)
})

test('a name with ../ that stays within the roots is the file that it leads to', async () => {
  const { here, there, far } = place()
  writeFileSync(here, 'x')
  mkdirSync(join(workstation().home, 'inside'), { recursive: true })
  expect((await cp(here, far.replace(':', ':inside/../'))).code).toBe(0)
  expect(readFileSync(there, 'utf8')).toBe('x')
})

test('a link that leads out of the roots leads nowhere', async () => {
  const { there, far, here } = place()
  symlinkSync('/etc', there)
  expect((await cp(`${far}/passwd`, here)).stderr).toMatch(/in none of the folders/)
  writeFileSync(here, 'x')
  expect((await cp(here, `${far}/teleclaude-test`)).stderr).toMatch(/in none of the folders/)
})

test('a pipe keeps nobody waiting', async () => {
  const { far, here } = place()
  const id = await macbook().session({ computer: 'workstation' })
  await macbook().send(id, `mkfifo ~/${far.split(':')[1]}`)
  expect((await cp(far, here)).stderr).toMatch(/no regular file/)
})

test('a file that is larger than is allowed is refused before anything is sent', async () => {
  const { here, far, there } = place()
  writeFileSync(here, Buffer.alloc(MAX_BYTES + 1))
  expect(await cp(here, far)).toMatchObject({ code: 1, stderr: expect.stringMatching(/maxBytes/) })
  writeFileSync(there, Buffer.alloc(MAX_BYTES + 1))
  expect(await cp(far, `${here}.back`)).toMatchObject({ code: 1, stderr: expect.stringMatching(/maxBytes/) })
})

test('an agent reads a file of the session from where the session is, in pieces of whole characters', async () => {
  const folder = join(workstation().home, 'place')
  mkdirSync(folder, { recursive: true })
  const text = 'ä🎉'.repeat(50)
  writeFileSync(join(folder, 'notes.txt'), text)
  const session_id = await macbook().session({ computer: 'workstation', cwd: folder })
  let read = ''
  let offset: number | null = 0
  while (offset !== null) {
    const piece: { data: string; next_offset: number | null; encoding?: string } = await macbook().call(
      'session.getFile',
      { session_id, path: 'notes.txt', offset, max_bytes: 64 },
    )
    expect(piece.encoding).toBeUndefined()
    read += piece.data
    offset = piece.next_offset
  }
  expect(read).toBe(text)
  writeFileSync(join(folder, 'raw'), Buffer.from([0xff, 0xfe, 0]))
  expect(await macbook().call('session.getFile', { session_id, path: 'raw' })).toMatchObject({
    data: Buffer.from([0xff, 0xfe, 0]).toString('base64'),
    encoding: 'base64',
    next_offset: null,
  })
  const odd = 'a b\n$(x) ünï'
  writeFileSync(join(folder, odd), 'odd')
  expect(await macbook().call('session.getFile', { session_id, path: odd })).toMatchObject({ data: 'odd' })
  expect(await macbook().call('session.getFile', { session_id, path: `../place/${odd}` })).toMatchObject({
    data: 'odd',
  })
  for (const path of ['../../../etc/passwd', '/etc/passwd', '../s/identity.key'])
    await expect(macbook().call('session.getFile', { session_id, path })).rejects.toMatchObject({
      code: 'TC_ERR_FILE',
      message: expect.stringMatching(/in none of the folders|state of the daemon/),
    })
})

test('a computer that was allowed neither reads nor writes', async () => {
  const { here, far, there } = place()
  writeFileSync(here, 'mine')
  writeFileSync(there, 'theirs')
  const limit = (...scopes: string[]) => workstation().call('peers.limit', { peer: 'macbook', scopes })
  await limit('sessions:start', 'sessions:read', 'files:read')
  expect((await cp(here, far)).stderr).toMatch(/files:write/)
  expect((await cp(far, `${here}.back`)).code).toBe(0)
  await limit('sessions:start', 'sessions:read')
  expect((await cp(far, `${here}.back`)).stderr).toMatch(/files:read/)
  await workstation().call('peers.trust', { peer: 'macbook' })
})
