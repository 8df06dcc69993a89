import type { Agent } from './agent.ts'
import type { Computer } from './computer.ts'
import { expect, step, tell } from './narration.ts'

/** What `send` and `run` return. */
interface Sent {
  readonly output: string
  readonly complete: boolean
  readonly completed_by: string
  readonly exit_code: number | null
}

const SENT = ['output', 'complete', 'completed_by', 'exit_code'] as const

/** What the agent does on the workstation, checked step by step. */
export async function tellTheStory(agent: Agent, workstation: Computer): Promise<void> {
  const { computers } = await agent.call<{ computers: { name: string; status: string }[] }>(
    'list_computers',
    {},
    { shows: ({ computers }) => computers.map(({ name, status }) => ({ name, status })) },
  )
  expect(computers.map(({ name, status }) => `${name} ${status}`).sort(), [
    'laptop online',
    'workstation online',
  ])

  step('It starts a session on the workstation')
  const { session_id, topic_name } = await agent.call<{ session_id: string; topic_name: string }>(
    'start_session',
    { computer: 'workstation', title: 'build' },
  )
  expect(topic_name, '$laptop > $workstation - build')

  step('It runs a build there, and sees the output as it comes')
  const seen: string[] = []
  const command = 'for part in parser linker docs; do echo "built $part"; sleep 0.3; done; (exit 3)'
  const build = await agent.call<Sent>(
    'send',
    { session_id, message: command },
    { shows: SENT, onText: text => seen.push(text) },
  )
  expect(build, { output: 'built parser\nbuilt linker\nbuilt docs\n', completed_by: 'mark', exit_code: 3 })
  expect(seen.join(''), build.output)
  expect(seen.length > 1, true)

  step('It starts something endless, and interrupts it')
  const endless = await agent.call<Sent>(
    'send',
    { session_id, message: 'sleep 1000', wait_ms: 300 },
    { shows: SENT },
  )
  expect(endless, { complete: false, completed_by: 'timeout' })
  await agent.call('interrupt', { session_id })
  const after = await agent.call<Sent>('send', { session_id, message: 'echo still here' }, { shows: SENT })
  expect(after, { output: 'still here\n', exit_code: 0 })

  step('A person on the workstation sees the same session')
  const screen = await workstation.teleclaude('session', 'read', session_id)
  tell(screen)
  expect(/built docs\n.*\^C\n.*still here\n/s.test(screen), true)

  step('The agent runs one command in a terminal of its own, and ends the session')
  const run = await agent.call<Sent>(
    'run',
    { computer: 'workstation', command: ['uname', '-s'] },
    { shows: SENT },
  )
  expect(run, { completed_by: 'exit', exit_code: 0 })
  const ended = await agent.call<{ id: string; state: string }>(
    'end_session',
    { session_id },
    { shows: ['id', 'state'] },
  )
  expect(ended, { state: 'closed' })
}
