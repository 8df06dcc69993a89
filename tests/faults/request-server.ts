// Takes in the requests 1 to <last> of a mailbox, after the position where it was killed before, and prints each answer.
// What it does for a request is to add its number to the file <effects>. Kills itself where the request <victim> has
// come to <stage>: 'begun', 'done', 'recorded' or 'answered'; else it ends when all are answered.

import { appendFileSync } from 'node:fs'
import { systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import { createMailboxPosition } from '../../core/mesh/mailbox-position.ts'
import { createRefusalMark } from '../../core/mesh/refusal-mark.ts'
import { createServedRequests } from '../../core/mesh/served-requests.ts'
import { openStore } from '../../core/store/store.ts'

const [file, effects, last, stage, victim] = process.argv.slice(2)
if (!file || !effects || !last)
  throw new Error('usage: request-server <database> <effects> <last> <stage> <victim>')
const parts = { self: 'workstation', clock: systemClock, log: createLogger({ level: 'error' }) }
const store = openStore({ ...parts, file })
const runs: string[] = []
const mark = createRefusalMark(file, parts.log)
const mailbox = createMailboxPosition({ ...parts, store, mark, runs: () => runs })
runs.push('any')
const reached = (id: unknown, now: string) => {
  if (stage === now && String(id) === victim) process.kill(process.pid, 'SIGKILL')
}
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

const served = createServedRequests({
  ...parts,
  store,
  mailbox,
  mark,
  answers: {
    has: () => false,
    async post({ id }, { status }) {
      reached(id, 'recorded')
      await new Promise<void>(resolve => process.stdout.write(`${id} ${status}\n`, () => resolve()))
      reached(id, 'answered')
      return true
    },
  },
  isIdempotent: () => false,
  isPiece: () => false,
  async serve(_from, _requestId, { input }) {
    reached(input, 'begun')
    // Some requests end at once, some while others are taken in: a kill finds them in every state.
    for (let turns = Number(input) % 5; turns > 0; turns--) await turn()
    appendFileSync(effects, `${input}\n`)
    reached(input, 'done')
    await turn()
  },
})

served.answerUnfinished()
for (let number = Number(mailbox.value ?? 0) + 1; number <= Number(last); number++) {
  const at = systemClock.now()
  const envelope = { v: 1, from: 'macbook', to: 'workstation', boot: 'any', secret: 'any' }
  const header = { ...envelope, kind: 'request', id: `${number}`, at, notAfter: at + 60_000 } as const
  const body = { operation: 'session.start', input: number, surface: 'cli', caller: 'ada', boot: 'any' }
  served.take(header, body, `${number}`)
  if (number % 3 === 0) await turn()
}
