import { describe, expect, test } from 'vitest'
import { commandsOf } from '../../support/journal-commands.ts'
import { sees } from '../../support/mesh.ts'
import { hasResult, resultsIn, topicsOf, twoComputers } from '../../support/telegram-mesh.ts'
import { until } from '../../support/until.ts'

describe('where only the computer that started the session has Telegram', () => {
  test('its bot mirrors: typing, whole results, the log and the end, through a restart of the daemon and of Redis', async () => {
    const rooms = await twoComputers({ macbook: {} })
    const { room, mesh, macbook, workstation } = rooms
    const { ada } = room
    const session_id = await macbook.session({ title: 'far', computer: 'workstation' })
    const topic = await room.topic('far')
    expect(topic.creator.username).toBe('macbook_bot')
    await until(() => topic.texts[0]?.includes(session_id), 'the card')
    ada.say(topic, 'echo first')
    await hasResult(topic, 1)

    await macbook.kill('SIGTERM')
    await workstation.send(session_id, 'echo while it was away')
    await macbook.start()
    await sees(macbook, 'workstation')
    await hasResult(topic, 2)
    ada.say(topic, 'seq 1 500')
    await hasResult(topic, 3)

    await mesh.redis.stop()
    await workstation.send(session_id, 'echo without Redis')
    await mesh.redis.start()
    await hasResult(topic, 4)
    ada.say(topic, 'echo again')
    await hasResult(topic, 5)

    const journal = await commandsOf(workstation, session_id)
    const told = journal.map(({ exitCode, output }) => ({ exitCode, output: output.trimEnd() }))
    expect(resultsIn(topic)).toEqual(told)
    expect(journal.map(({ typed }) => typed?.text)).toEqual([
      'echo first',
      'echo while it was away',
      'seq 1 500',
      'echo without Redis',
      'echo again',
    ])
    ada.say(topic, '/log')
    const log = await until(
      () => topic.messages.find(({ document }) => document?.name === 'far.txt'),
      'the log',
    )
    const { output } = await workstation.read(session_id)
    expect(Buffer.from(log.document?.bytes ?? []).toString()).toBe(output)
    ada.say(topic, '/close')
    const question = await until(
      () => topic.messages.find(({ buttons }) => buttons.flat().includes('✖ End it')),
      'the question',
    )
    await ada.press(question, '✖ End it')
    await until(() => topic.isClosed, 'a closed topic')
    expect(await workstation.get(session_id)).toMatchObject({ state: 'closed' })
    expect(topicsOf(rooms)).toHaveLength(1)
  })

  test('sessions that were started elsewhere, and one-shot runs, have no topic', async () => {
    const rooms = await twoComputers({ macbook: {} })
    const { room, macbook, workstation } = rooms
    await workstation.session({ title: 'of nobody' })
    await macbook.call('session.run', { computer: 'workstation', command: 'echo run' })
    await macbook.call('session.run', { command: 'echo run' })
    await macbook.session({ title: 'last', computer: 'workstation' })
    await room.topic('last')
    expect(topicsOf(rooms)).toHaveLength(1)
  })
})

test('where neither computer has Telegram, nothing is asked of it', async () => {
  const { room, macbook, workstation } = await twoComputers({})
  const session_id = await macbook.session({ title: 'quiet', computer: 'workstation' })
  expect(await macbook.send(session_id, 'echo heard')).toMatchObject({ output: 'heard\n' })
  expect((await workstation.status()).channels).not.toContainEqual(
    expect.objectContaining({ adapter: 'telegram' }),
  )
  expect(room.telegram.counts.of()).toBe(0)
})
