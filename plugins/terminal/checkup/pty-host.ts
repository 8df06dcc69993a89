import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { type CheckupContext, type Finding, VERSION, withDeadline } from '../../../core/index.ts'
import { controlFrame, FrameReader } from '../host/frames.ts'
import { socketPathIn } from '../host/launch.ts'
import { type FromHost, type HostFacts, PROTOCOL } from '../host/protocol.ts'

const name = 'pty host'
/** A host answers at once; one that is stopped never does. */
const ANSWER_MS = 3000
/** More ids than these are not read by anybody. */
const MOST_NAMED = 8
/** No host speaks it: it tells of itself, and goes on serving the daemon that it has. */
const NO_VERSION = { min: 0, max: 0 }

/** Whether the process that holds the terminals is of this program's version. */
export async function checkPtyHost(
  folder: string,
  { clock, commandLine }: Pick<CheckupContext, 'clock' | 'commandLine'>,
): Promise<readonly Finding[]> {
  const path = socketPathIn(folder)
  if (!existsSync(path)) return []
  try {
    const reason = new Error(`it did not answer within ${ANSWER_MS / 1000} s`)
    return [judge(await withDeadline(clock, askHost(path), ANSWER_MS, () => reason), commandLine)]
  } catch (error) {
    if (isNobody(error)) {
      const message = `${path} was left behind by one that has ended, and is replaced by the next session`
      return [{ name, state: 'ok', message }]
    }
    const why = error instanceof Error ? error.message : String(error)
    const fix = `See ${folder}/pty-host.log. To end it and its sessions: kill the process that lsof ${path} names`
    return [{ name, state: 'fail', message: `does not answer: ${why}`, fix }]
  }
}

type Told = Pick<HostFacts, 'pid'> & Partial<HostFacts>

function judge({ pid, version, protocol, terminals }: Told, commandLine: string): Finding {
  const holds = terminals ? held(terminals) : 'its sessions'
  const what = `process ${pid} holds ${holds}`
  const isCurrent = version === VERSION && protocol?.max === PROTOCOL.max
  if (isCurrent) return { name, state: 'ok', message: what }
  const isOf =
    version === VERSION
      ? `speaks protocol ${protocol?.max}, this program ${PROTOCOL.max}`
      : `is of version ${version || 'unknown, an older one'}, this program of ${VERSION}`
  const message = `${what}; it ${isOf}. It goes on, and what is new in terminals comes with its restart, which ends ${holds}`
  const fix = `When they may end: ${commandLine} stop --sessions && ${commandLine} start --detach (as a service: ${commandLine} service install)`
  return { name, state: 'warn', message, fix }
}

function held(ids: readonly string[]): string {
  if (ids.length === 0) return 'no session'
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''
  return `${ids.length} session${ids.length === 1 ? '' : 's'} (${ids.slice(0, MOST_NAMED).join(', ')}${more})`
}

/** Asks without taking the host from its daemon. */
function askHost(path: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const frames = new FrameReader()
    const socket = connect(path, () => socket.write(controlFrame({ type: 'hello', protocol: NO_VERSION })))
    socket.on('data', chunk => {
      try {
        const [frame] = frames.push(chunk)
        if (!frame) return
        resolve(factsIn(JSON.parse(frame.payload.toString()) as FromHost))
      } catch (error) {
        reject(error)
      }
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('it closed the connection')))
  })
}

/** The first hosts only say it in words. */
function factsIn(answer: FromHost): Told {
  if (answer.type !== 'refused') throw new Error('what it says is not the protocol')
  if (answer.host) return answer.host
  return { pid: Number(/kill (\d+)/.exec(answer.reason)?.[1] ?? 0) }
}

function isNobody(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return code === 'ECONNREFUSED' || code === 'ENOENT'
}
