import { onTestFinished } from 'vitest'
import type { TestDaemon } from './daemon.ts'
import { TestMesh } from './mesh.ts'
import type { Bot, ChatMessage, Topic } from './telegram/index.ts'
import { openRoom, type Room } from './telegram-room.ts'
import { until } from './until.ts'

const PLUGINS = ['terminal', 'registry', 'mcp']

export interface TelegramMesh {
  readonly room: Room
  readonly mesh: TestMesh
  readonly macbook: TestDaemon
  readonly workstation: TestDaemon
  readonly bots: { readonly macbook: Bot; readonly workstation: Bot }
}

/** Two computers with a bot each in one group; `on` says on which of them the plugin is, and with what options. */
export async function twoComputers(on: { macbook?: object; workstation?: object }): Promise<TelegramMesh> {
  const room = await openRoom()
  const { telegram, forum } = room
  const [mine, theirs] = ['macbook_bot', 'workstation_bot'].map(username => telegram.addBot({ username }))
  if (!mine || !theirs) throw new Error('both bots were made')
  for (const bot of [mine, theirs]) telegram.join(forum, bot, { admin: true })
  const mesh = await TestMesh.start([])
  onTestFinished(() => mesh[Symbol.asyncDispose]())
  const join = (name: string, bot: Bot, options?: object) =>
    mesh.join(name, { plugins: options ? [...PLUGINS, room.plugin(options, bot)] : PLUGINS })
  const [macbook, workstation] = await Promise.all([
    join('macbook', mine, on.macbook),
    join('workstation', theirs, on.workstation),
  ])
  await mesh.acquainted()
  return { room, mesh, macbook, workstation, bots: { macbook: mine, workstation: theirs } }
}

/** The results in a topic, oldest first: how they ended, and what was printed. */
export const resultsIn = (topic: Topic) =>
  topic.messages
    .filter(message => message.edits === 0 && exitIn(message) !== null)
    .map(message => ({ exitCode: exitIn(message), output: message.entityTexts('pre').join('') }))

function exitIn({ text }: ChatMessage): number | null {
  const [, code] = /^[✅❌] exit (\d+)/mu.exec(text) ?? []
  return code === undefined ? null : Number(code)
}

/** Settles when a topic has so many results. */
export const hasResult = (topic: Topic, count: number) =>
  until(() => resultsIn(topic).length >= count, `result ${count} in '${topic.name}'`)

/** Those of sessions, also deleted ones. */
export const topicsOf = ({ room }: TelegramMesh) => room.forum.allTopics.filter(topic => !topic.isGeneral)
