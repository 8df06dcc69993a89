import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, defineOperation, definePlugin, type OperationCall, sleep, z } from 'teleclaude'

type Reach = (stage: string, what: string) => Promise<void>

/**
 * Operations and hooks that can be stopped, and killed, at every stage. In the plugin's folder `reached` has each stage that
 * was reached; where `die` names it, this daemon is killed, once; where `stop` names it, it waits until that file is gone.
 */
export default definePlugin({
  name: 'stages',
  summary: 'Is stopped and killed at every stage.',
  options: z.strictObject({}),
  setup(ctx) {
    const reach = createReach(ctx.stateDir, ctx.clock)
    ctx.operations.add(typing('stages.type', false, reach))
    ctx.operations.add(typing('stages.look', true, reach))
    ctx.operations.add(starting(reach))
    ctx.hooks.onInbound(({ text }) => reach('inbound', text))
    ctx.hooks.onSessionCreate(({ title }) => reach('create', title))
  },
})

function createReach(folder: string, clock: Clock): Reach {
  const isNamed = (file: string, stage: string) => {
    const path = join(folder, file)
    return existsSync(path) && readFileSync(path, 'utf8') === stage
  }
  return async (stage, what) => {
    const here = `${stage} ${what}`
    appendFileSync(join(folder, 'reached'), `${here}\n`)
    if (isNamed('die', here)) {
      rmSync(join(folder, 'die'))
      process.kill(process.pid, 'SIGKILL')
    }
    while (isNamed('stop', here)) await sleep(clock, 5)
  }
}

/** Types a command and waits for its end. */
const typing = (name: string, idempotent: boolean, reach: Reach) =>
  defineOperation({
    ...{ name, idempotent, summary: 'Types a command.', scope: 'sessions:input', at: 'owner', cli: false },
    input: z.strictObject({ session_id: z.string(), text: z.string() }),
    output: z.strictObject({ output: z.string() }),
    async run({ session_id, text }, call) {
      await reach('before', text)
      const { output } = await send(call, { session_id, message: text })
      await reach('after', text)
      return { output }
    },
  })

const starting = (reach: Reach) =>
  defineOperation({
    name: 'stages.start',
    summary: 'Starts a session.',
    input: z.strictObject({ computer: z.string(), title: z.string() }),
    output: z.strictObject({ session_id: z.string() }),
    ...{ scope: 'sessions:start', idempotent: false, at: 'owner', cli: false },
    async run({ title }, call) {
      await reach('before', title)
      const { session_id } = await call.invoke<{ session_id: string }>('session.start', { title })
      await reach('after', title)
      return { session_id }
    },
  })

function send(call: OperationCall<never>, input: object): Promise<{ output: string }> {
  return call.invoke('session.send', input)
}
