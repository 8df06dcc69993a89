import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../support/telegram/index.ts'
import { roomForFile, type Watched } from '../../support/telegram-daemon.ts'
import { until } from '../../support/until.ts'

const file = roomForFile()

/** What shows something that goes on, or did: all but the card that has buttons, or was edited. */
const liveOf = (session: Watched) =>
  session.said.filter(message => !message.text.startsWith('🖥') && (message.edits > 0 || message.keyboard))
const gone = (name: string) => join(file.daemon.home, name)
/** A command that prints, and goes on until a file is there. */
const running = (name: string, print: string) => `${print}; until [ -e ${gone(name)} ]; do sleep 0.02; done`
const ends = (name: string) => writeFileSync(gone(name), '')
const textsOf = ({ sightings }: ChatMessage) => sightings.map(({ text }) => text)

async function live(session: Watched, what: string | RegExp): Promise<ChatMessage> {
  const isLike = (text: string) => (typeof what === 'string' ? text.includes(what) : what.test(text))
  return await until(() => liveOf(session).find(({ text }) => isLike(text)), `live output like ${what}`)
}

describe.concurrent('live output', () => {
  test('comes for what goes on for a while, is edited in place without a sound, and ends as one line', async () => {
    const session = await file.start('edited')
    session.type(running('edited', 'echo one; sleep 1.6; echo two'))
    const message = await live(session, /▶️ running, \d+ s\none\ntwo$/)
    expect(message.text).toMatch(/^echo one.* Ada\n▶️ running/)
    expect(message.buttons.flat()).toContain('⏹ Ctrl-C')
    ends('edited')
    await session.sees(/exit 0.*\none\ntwo$/)
    await until(() => /^echo one.* Ada\n✅ exit 0 · [\d.]+ s$/.test(message.text), 'how it ended')
    expect(message.keyboard).toBeUndefined()
    expect(message.sightings.filter(({ notified }) => notified)).toEqual([])
    expect(liveOf(session)).toEqual([message])
  })

  test('does not come for what is over soon', async () => {
    const session = await file.start('soon')
    session.type('echo short')
    await session.sees('exit 0')
    session.type(running('soon', 'true'))
    await live(session, 'running')
    expect(session.said.filter(({ text }) => text.startsWith('echo short'))).toHaveLength(1)
    ends('soon')
  })

  test('of a command that prints nothing shows nothing that was printed before', async () => {
    const session = await file.start('nothing')
    session.type('echo earlier')
    await session.sees('exit 0')
    session.type(running('nothing', 'true'))
    const message = await live(session, 'running')
    expect(message.text).toMatch(/ Ada\n▶️ running, 1 s$/)
    ends('nothing')
  })

  test('shows the end of much', async () => {
    const session = await file.start('much')
    session.type(running('much', 'seq 1 5000'))
    const message = await live(session, '5000')
    const lines = (message.entityTexts('pre')[0] ?? '').split('\n')
    expect(lines).toEqual(['…', ...Array.from({ length: 19 }, (_, n) => `${4982 + n}`)])
    ends('much')
  })

  test('shows a progress bar as it stands', async () => {
    const session = await file.start('progress')
    session.type(running('progress', 'sleep 1.5; for i in 10 20 30; do printf "\\r%s%%" $i; sleep 0.1; done'))
    const message = await live(session, /running, \d s\n30%$/)
    expect(textsOf(message).every(text => !/%.*%/.test(text.split('\n').at(-1) ?? ''))).toBe(true)
    ends('progress')
  })

  test('of what draws on the screen is the screen', async () => {
    const session = await file.start('drawn')
    session.type(running('drawn', 'echo gone; clear; printf "\\e[3;5Hthird line\\e[1;1Hfirst line\\n"'))
    const message = await live(session, 'third line')
    expect(message.entityTexts('pre')).toEqual(['first line\n\n    third line'])
    ends('drawn')
  })

  test.each([
    ['less', (path: string) => `less ${path}`, 'q'],
    ['vim', (path: string) => `vim -u NONE ${path}`, ':q!\r'],
  ])('of %s is its screen', async (program, command, quit) => {
    const session = await file.start(program)
    const path = gone(`${program}.txt`)
    writeFileSync(path, Array.from({ length: 100 }, (_, n) => `row ${n}`).join('\n'))
    await session.sees(program)
    session.type(command(path))
    const message = await live(session, 'row 3\nrow 4')
    expect(message.text).not.toContain('row 60')
    await file.daemon.input(session.id, quit, { raw: true })
    await until(() => /exit 0/.test(message.text), 'its end')
    const result = session.said.at(-1)
    expect(result?.text).toMatch(/Ada\n✅ exit 0/)
    expect(result?.text).not.toContain('row 4')
  })

  test('that somebody deleted comes again', async () => {
    const session = await file.start('deleted')
    session.type(running('deleted', 'for i in 1 2 3; do echo $i; sleep 0.8; done; sleep 1; echo 4'))
    const first = await live(session, '2')
    file.room.ada.deleteMessage(first)
    const second = await live(session, '4')
    expect(second).not.toBe(first)
    ends('deleted')
    await until(() => second.text.includes('exit 0'), 'how it ended')
  })

  test('of the next command is a new message', async () => {
    const session = await file.start('next')
    for (const name of ['a', 'b']) {
      session.type(running(`next-${name}`, `echo ${name}`))
      await live(session, new RegExp(`running.*\n${name}$`))
      ends(`next-${name}`)
      await session.sees(new RegExp(`exit 0.*\n${name}$`))
    }
    await until(() => liveOf(session).every(({ text }) => text.includes('exit 0')), 'how they ended')
    expect(liveOf(session)).toHaveLength(2)
  })

  test('of what ended while another was typed says how the first ended', async () => {
    const session = await file.start('ahead')
    session.type(running('ahead', 'sleep 1.6; false; echo x'))
    await live(session, 'x')
    session.type('exit_with() { return 9; }; exit_with')
    ends('ahead')
    await session.sees('exit 9')
    await until(() => liveOf(session).every(({ text }) => text.includes('exit 0')), 'how it ended')
  })

  test('of a program without prompts is its screen, until the session ends', async () => {
    const session = await file.start('program', {
      command: ['sh', '-c', running('program', 'sleep 1; printf "who are you? "')],
    })
    const message = await live(session, 'who are you?')
    expect(message.text).toMatch(/^▶️ live\nwho are you\?$/)
    ends('program')
    await session.sees('The session has ended')
    await until(() => message.text.includes('has ended'), 'its end')
    await until(() => session.topic.isClosed, 'a closed topic')
  })
})

/** Of what was only sent, the daemon may not know yet that Telegram has it. */
const edited = async (session: Watched, name: string) => {
  session.type(running(name, `echo ${name}; sleep 1.6; echo more`))
  const message = await live(session, 'more')
  return await until(() => (message.edits > 0 ? message : null), 'an edit')
}

test('after the daemon was killed the same message goes on, and says how it ended', async () => {
  const [over, onward] = await Promise.all([file.start('over'), file.start('onward')])
  const [first, second] = await Promise.all([edited(over, 'over'), edited(onward, 'onward')])
  const edits = second.edits
  await file.daemon.kill('SIGKILL')
  ends('over')
  await file.daemon.start()
  await until(() => first.text.includes('exit 0'), 'how it ended')
  await until(() => second.edits > edits, 'what goes on')
  expect(second.text).toMatch(/running, \d+ s\n[\s\S]*onward\nmore/)
  ends('onward')
  await until(() => second.text.includes('exit 0'), 'how it ended')
  expect([...liveOf(over), ...liveOf(onward)]).toEqual([first, second])
})

test('an end that could not be shown when the daemon stopped is shown by the next one', async () => {
  const session = await file.start('stopped')
  const message = await edited(session, 'stopped')
  file.room.telegram.faults.next('editMessageText', 'timeout', 20)
  ends('stopped')
  await session.sees(/exit 0.*\nstopped\nmore$/)
  await file.daemon.kill('SIGTERM')
  file.room.telegram.faults.clear()
  await file.daemon.start()
  await until(() => message.text.includes('exit 0'), 'how it ended')
})

test('what every topic shows last is true', () => {
  const messages = file.room.forum.topics.flatMap(topic => topic.messages)
  const shown = messages.filter(({ keyboard, text }) => keyboard && !text.startsWith('🖥'))
  expect(shown.map(({ text }) => text)).toEqual([])
})
