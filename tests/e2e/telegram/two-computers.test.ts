import { describe, expect, test } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import { agentOf } from '../../support/agent.ts'
import type { TestDaemon } from '../../support/daemon.ts'
import { commandsOf } from '../../support/journal-commands.ts'
import { computersOf } from '../../support/mesh.ts'
import type { ChatMessage } from '../../support/telegram/index.ts'
import { hasResult, resultsIn, topicsOf, twoComputers } from '../../support/telegram-mesh.ts'
import { until } from '../../support/until.ts'

describe('an agent on one computer starts a session on another, and a person reads and types along', () => {
  test('journal, MCP and Telegram agree on every line, in one topic, of the bot of the owner', async () => {
    const rooms = await twoComputers({ macbook: { master: true }, workstation: { master: false } })
    const { room, macbook, workstation, bots } = rooms
    const { ada } = room
    const agent = await agentOf(macbook)
    const started = await agent.call('start_session', { title: 'build', computer: 'workstation' })
    const { session_id } = started
    const topic = await room.topic('build')
    expect(topic).toMatchObject({ name: '$macbook > $workstation - build', creator: bots.workstation.user })
    await until(() => topic.texts[0]?.includes(session_id), 'the card')
    const card = topic.messages[0] as ChatMessage

    const send = (message: string, options: object = {}) =>
      agent.call('send', { session_id, message, ...options })
    const sent = [await send('echo one; echo two; (exit 3)')]
    await hasResult(topic, 1)
    const typing = send('sleep 1000', { wait_ms: 20_000 })
    await until(() => topic.texts.some(text => text.includes('running')), 'live output')
    await ada.press(card, '⏹ Ctrl-C')
    sent.push(await typing)
    expect(sent).toMatchObject([
      { output: 'one\ntwo\n', exit_code: 3, completed_by: 'mark' },
      { exit_code: 130, completed_by: 'mark' },
    ])
    await hasResult(topic, 2)

    const before = await agent.call('read', { session_id })
    ada.say(topic, 'seq -f "line %g" 1 300')
    await hasResult(topic, 3)
    const seen = await agent.call('read', { session_id, since: before.cursor })
    expect(seen.output.match(/^line \d+$/gm)).toHaveLength(300)

    const asked = await send('read -p \'name? \' name; echo "hello $name"', { wait_for: 'name\\?' })
    expect(asked).toMatchObject({ completed_by: 'pattern' })
    ada.say(topic, 'Grace')
    await hasResult(topic, 4)
    for (const key of ['↑', '⏎']) await ada.press(card, key)
    await until(() => workstation.get(session_id).then(({ state }) => state === 'busy'), 'the question again')
    ada.say(topic, 'Joan')
    await hasResult(topic, 5)

    const journal = await commandsOf(workstation, session_id)
    expect(await commandsOf(macbook, session_id)).toEqual(journal)
    const told = journal.map(({ exitCode, output }) => ({ exitCode, output: output.trimEnd() }))
    expect(resultsIn(topic)).toEqual(told)
    expect(told.map(({ exitCode }) => exitCode)).toEqual([3, 130, 0, 0, 0])
    expect(told.at(-1)?.output).toContain('hello Joan')
    const everything = await agent.call('read', { session_id })
    expect(everything.output).toBe((await workstation.read(session_id)).output)
    for (const { output } of journal) expect(everything.output).toContain(output)

    ada.say(topic, '/rename shipped')
    await until(() => topic.name === '$macbook > $workstation - shipped', 'the new name of the topic')
    expect(await macbook.get(session_id)).toMatchObject({ title: 'shipped' })
    await agent.call('end_session', { session_id })
    await until(() => topic.isClosed, 'a closed topic')
    expect(topicsOf(rooms)).toHaveLength(1)
    const speakers = new Set(topic.everything.map(({ from }) => from.username))
    expect([...speakers].filter(name => name?.endsWith('_bot'))).toEqual(['workstation_bot'])
  })
})

describe('a person in the group', () => {
  test('starts a session on the other computer through the bot that is the master, and sees both', async () => {
    const rooms = await twoComputers({ macbook: { master: true }, workstation: { master: false } })
    const { room, macbook, workstation, bots } = rooms
    const { ada, forum } = room
    const answers = () => forum.general.messages.filter(({ from }) => from.is_bot)
    await macbook.session({ title: 'here' })
    ada.say(forum, '/new workstation shell over there')
    const topic = await room.topic('over there')
    expect(topic).toMatchObject({
      name: '$macbook > $workstation - over there',
      creator: bots.workstation.user,
    })
    await until(() => topic.texts[0]?.includes('over there'), 'the card')
    ada.say(topic, 'echo hello from the couch')
    await hasResult(topic, 1)
    expect(resultsIn(topic)).toEqual([{ exitCode: 0, output: 'hello from the couch' }])
    expect(await workstation.get(await idOf(macbook, 'over there'))).toMatchObject({
      origin: 'macbook',
      originAdapter: 'telegram',
    })

    const asked = answers().length
    for (const command of ['/computers', '/sessions']) ada.say(forum, command)
    await until(() => answers().length === asked + 2, 'both answers')
    const [computers, sessions] = answers().slice(-2)
    expect(computers?.text).toMatch(/macbook · online/)
    expect(computers?.text).toMatch(/workstation · online/)
    for (const title of ['here', 'over there']) expect(sessions?.text).toContain(title)
    expect(new Set(answers().map(({ from }) => from.username))).toEqual(new Set(['macbook_bot']))
    expect((await computersOf(macbook)).length).toBe(2)
  })
})

test('of two computers that are both configured as the master, one answers, and the other says so', async () => {
  const { room, macbook, workstation } = await twoComputers({ macbook: {}, workstation: {} })
  const { ada, forum } = room
  const problemOf = async (daemon: TestDaemon) =>
    (await daemon.status()).plugins.find(({ name }) => name === 'telegram')?.problem
  await until(async () => /macbook is the master/.test((await problemOf(workstation)) ?? ''), 'the problem')
  expect(await problemOf(macbook)).toBeNull()
  ada.say(forum, '/new workstation shell once')
  const topic = await room.topic('once')
  ada.say(forum, '/sessions')
  await until(() => forum.general.texts.some(text => /once.*workstation/.test(text)), 'the list')
  expect(forum.topics.filter(({ name }) => name === topic.name)).toHaveLength(1)
  const answers = () => forum.general.messages.filter(({ from }) => from.is_bot)
  await until(() => answers().length === 2, 'both answers')
  expect(answers().map(({ from }) => from.username)).toEqual(['macbook_bot', 'macbook_bot'])
})

async function idOf(daemon: TestDaemon, title: string): Promise<string> {
  const { sessions } = await daemon.call<{ sessions: readonly Session[] }>('session.list')
  const found = sessions.find(session => session.title === title)
  if (!found) throw new Error(`no session has the title '${title}'`)
  return found.id
}
