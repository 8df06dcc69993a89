import { afterAll, beforeAll, expect, it } from 'vitest'
import { asking, Bus, sealAs } from '../../support/bus.ts'
import { SECRET, sees, TestMesh } from '../../support/mesh.ts'
import { until } from '../../support/until.ts'

const mesh = TestMesh.forFile(['macbook', 'workstation'])
const macbook = () => mesh().daemon('macbook')
let bus: Bus
beforeAll(() => {
  bus = new Bus(mesh().redis)
})
afterAll(() => bus?.[Symbol.asyncDispose]())

/** What nobody but the two computers may learn; each stands in what they say to each other. */
const PRIVATE = ['TITLE-x', 'RENAMED-x', 'DESCRIPTION-x', 'OUTPUT-x', 'INPUT-x', 'VARIABLE-x', 'PROJECT-x']

it('a whole story over Redis shows its reader no title, command, output, path or key', async () => {
  const monitored: string[] = []
  const monitor = await bus.redis.monitor()
  monitor.on('monitor', (_time: string, args: readonly string[]) => monitored.push(args.join(' ')))
  await mesh().join('laptop', { config: { projects: [{ name: 'PROJECT-x', path: '/usr/share/PROJECT-x' }] } })
  const laptop = mesh().daemon('laptop')
  await sees(macbook(), 'laptop')

  const session_id = await macbook().session({
    computer: 'laptop',
    title: 'TITLE-x',
    description: 'DESCRIPTION-x',
    cwd: '/usr/share',
    env: { SOME: 'VARIABLE-x' },
  })
  const watching = new AbortController()
  const watch = macbook().call('session.watch', { session_id }, { signal: watching.signal, onItem() {} })
  expect((await macbook().send(session_id, 'echo OUTPUT-"x" "$SOME"; cd /usr/share/doc')).output).toBe(
    'OUTPUT-x VARIABLE-x\n',
  )
  await macbook().send(session_id, ': INPUT-x; sleep 100', { wait_ms: 0 })
  await macbook().call('session.interrupt', { session_id })
  await macbook().call('session.keys', { session_id, keys: ['enter'] })
  await macbook().call('session.rename', { session_id, title: 'RENAMED-x' })
  await macbook().read(session_id, { format: 'screen' })
  await macbook().call('session.list', { computer: 'laptop' })
  expect(JSON.stringify(await macbook().call('projects.list', { computer: 'laptop' }))).toContain('PROJECT-x')
  await macbook().call('session.run', {
    computer: 'laptop',
    command: ['echo', 'OUTPUT-x', '/usr/share/misc'],
  })
  await expect(
    macbook().call('session.start', { computer: 'laptop', title: 'TITLE-x', cwd: '/usr/share/none' }),
  ).rejects.toThrow('/usr/share/none')
  // A dead letter too.
  const [from, to] = [
    { name: 'macbook', stateDir: macbook().stateDir },
    { name: 'laptop', stateDir: laptop.stateDir },
  ]
  await bus.post('laptop', sealAs(from, to, { ...asking('session.start', { title: 'TITLE-x' }, 'x'), at: 1 }))
  await until(() => bus.lastLetter('laptop'), 'a dead letter')
  const watched = await bus.everything()
  watching.abort()
  await watch.catch(() => {})
  await macbook().call('session.close', { session_id })
  monitor.disconnect()

  const everything = [...watched, ...(await bus.everything())].map(
    ([key, held]) => `${key} ${held.toString('latin1')}`,
  )
  expect(everything.some(held => held.includes(`output:${session_id} `))).toBe(true)
  expect(everything.some(held => held.includes('messages:laptop:dead '))).toBe(true)
  for (const command of [
    `xadd teleclaude:messages:laptop`,
    `xadd teleclaude:messages:macbook`,
    `xadd teleclaude:output:${session_id}`,
    'teleclaude:computer:laptop',
  ])
    expect(monitored.some(line => line.toLowerCase().includes(command.toLowerCase()))).toBe(true)
  const keys = ['macbook', 'workstation', 'laptop'].map(name => mesh().daemon(name).stateDir)
  // Each long enough not to stand among sealed bytes by chance.
  const secrets = [...PRIVATE, SECRET, '/usr/share', '/tmp/tc-', 'session.', 'public_key', ...keys]
  for (const text of [...everything, ...monitored])
    for (const secret of secrets)
      if (text.includes(secret)) expect.fail(`'${secret}' in clear: ${text.slice(0, 200)}`)
})
