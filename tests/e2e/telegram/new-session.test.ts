import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../core/sessions/session.ts'
import { sees, TestMesh } from '../../support/mesh.ts'
import type { ChatMessage } from '../../support/telegram/index.ts'
import { type PeopleRoom, peopleIn } from '../../support/telegram-people.ts'
import { createRoom } from '../../support/telegram-room.ts'
import { until } from '../../support/until.ts'

let room: PeopleRoom
let mesh: TestMesh

beforeAll(async () => {
  const opened = await createRoom()
  const people = peopleIn(opened)
  mesh = await TestMesh.start([])
  const plugins = ['terminal', 'registry', opened.plugin({ allowedUsers: people.allowed })]
  const projects = [
    { name: 'website', path: '~/website' },
    { name: 'gone', path: '~/gone' },
    { name: ' ', path: '~/blank' },
    { name: 'api', path: '~/one/api' },
    { name: 'api', path: '~/two/api' },
  ]
  const folders = Object.fromEntries(
    ['website', 'blank', 'one/api', 'two/api'].map(path => [`${path}/index.html`, '']),
  )
  const [alpha] = await Promise.all([
    mesh.join('alpha', {
      plugins,
      config: { projects },
      files: { ...folders, '.bashrc': "PS1='$ '" },
    }),
    mesh.join('beta', { plugins: ['terminal', 'registry'] }),
  ])
  await mesh.acquainted()
  room = people.with(alpha)
})

afterAll(async () => {
  await mesh[Symbol.asyncDispose]()
  await room.telegram[Symbol.asyncDispose]()
})

async function sessionTitled(title: string): Promise<Session> {
  const { sessions } = await room.daemon.call<{ sessions: Session[] }>('session.list')
  const found = sessions.find(session => session.title === title)
  if (!found) throw new Error(`there is no session '${title}'`)
  return found
}

/** Presses a button, and waits for what the message then says. */
async function pick(message: ChatMessage, label: string, then: string | RegExp): Promise<void> {
  await room.ada.press(message, label)
  await until(() => message.text.match(then), `'${then}' instead of '${message.text}'`)
}

test('/new asks for computer and project in one message, and starts it', async () => {
  const { ada, forum, daemon } = room
  const question = await room.answer(ada.say(forum, '/new'))
  expect(question.text).toBe('On which computer?')
  expect(question.buttons).toEqual([['alpha'], ['beta']])
  await pick(question, 'alpha', 'In which project on alpha?')
  const [one, two, blank] = ['one/api', 'two/api', 'blank'].map(path => join(daemon.home, path))
  expect(question.buttons.flat()).toEqual(['🏠 home folder', 'website', blank, one, two])
  await pick(question, 'website', /^▶️ \$alpha - website has started/)
  expect(question.buttons).toEqual([])
  const topic = await room.topic('website')
  expect(question.entities.find(({ type }) => type === 'text_link')).toMatchObject({
    url: `https://t.me/c/${String(forum.id).slice(4)}/${topic.id}`,
  })
  const { terminal, originAdapter } = await sessionTitled('website')
  expect([terminal.cwd, originAdapter]).toEqual([join(daemon.home, 'website'), 'telegram'])
})

test('/new with everything asks nothing', async () => {
  const { ada, forum } = room
  expect((await room.answer(ada.say(forum, '/new alpha shell  my\ntitle'))).text).toBe(
    '▶️ $alpha - my title has started.',
  )
  const topic = await room.topic('my title')
  ada.say(topic, 'pwd')
  await room.sees(topic, new RegExp(`\\n${room.daemon.home}$`))
})

test('/new with a title alone starts a shell here', async () => {
  const { ada, forum } = room
  await room.answer(ada.say(forum, '/new quick look'))
  expect((await sessionTitled('quick look')).computer).toBe('alpha')
})

test('/new in a private chat', async () => {
  const { ada, bot } = room
  expect((await room.answer(ada.say(bot, '/new alpha shell from afar'))).text).toMatch(
    /^▶️ \$alpha - from afar/,
  )
  await room.topic('from afar')
})

test('on a computer without a bot the session has its topic here, and what is written there is typed there', async () => {
  const { ada, forum, grace } = room
  const question = await room.answer(ada.say(forum, '/new beta'))
  expect(question.text).toMatch(/^▶️ \$alpha > \$beta - shell/)
  const topic = await room.topic('$beta - shell')
  grace.say(topic, 'echo from beta')
  await room.sees(topic, /exit 0.*\nfrom beta$/s)
  const { computer, id } = await sessionTitled('shell')
  expect(computer).toBe('beta')

  const file = ada.sendDocument(topic, Buffer.from('x'), 'x.txt')
  expect((await room.answer(file)).text).toBe(
    '⚠️ The session runs on beta, which has no bot of its own: files cannot be sent there from here.\nTC_ERR_FILE',
  )

  const beta = mesh.daemon('beta')
  await beta.kill('SIGTERM')
  await sees(room.daemon, 'beta', 'offline')
  const typed = await room.answer(ada.say(topic, 'echo nobody there'))
  expect(typed.text).toMatch(/beta.*offline.*\nTC_ERR_COMPUTER_OFFLINE$/s)
  expect((await room.answer(ada.say(topic, '/screen'))).text).toMatch(/\nTC_ERR_COMPUTER_OFFLINE$/)
  const card = await room.sees(topic, id)
  expect((await ada.press(card, '⏹ Ctrl-C'))?.text).toBe('Ctrl-C')
  await until(
    () => room.said(topic).filter(({ text }) => text.endsWith('_OFFLINE')).length === 3,
    'three answers',
  )
  expect((await room.answer(ada.say(forum, '/new beta shell x'))).text).toBe(
    '⚠️ beta is offline. /computers lists them.\nTC_ERR_COMPUTER_OFFLINE',
  )
})

test('only who asked may pick, and once', async () => {
  const { ada, grace, forum } = room
  const question = await room.answer(ada.say(forum, '/new alpha'))
  expect(question.text).toBe('In which project on alpha?')
  const [, [button] = []] = question.keyboard?.inline_keyboard ?? []
  const data = button && 'callback_data' in button ? button.callback_data : ''
  expect((await grace.press(question, { data }))?.text).toBe(
    'This button is not for you, or of no use any more.',
  )
  await pick(question, 'website', 'has started')
  expect((await ada.press(question, { data }))?.text).toBe('You have answered this already.')
})

test('a question is over after a restart', async () => {
  const { ada, forum, daemon } = room
  const question = await room.answer(ada.say(forum, '/new alpha'))
  await daemon.restart('SIGTERM')
  expect((await ada.press(question, 'website'))?.text).toBe('This question is over. Ask again.')
})

test('what cannot be started says why', async () => {
  const { ada, forum, daemon } = room
  const question = await room.answer(ada.say(forum, '/new alpha'))
  rmSync(join(daemon.home, 'website'), { recursive: true })
  await ada.press(question, 'website')
  const answer = await room.answer(question)
  expect(answer.text).toMatch(/website.*\nTC_ERR_CWD$/)
})
