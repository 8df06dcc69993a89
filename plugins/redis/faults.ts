import { isTeleclaudeError } from '../../core/index.ts'

/** What is wrong with a Redis, or with the way to it. */
export interface RedisFault {
  /** What follows the name of the server: what is wrong, and what to do. In words of ours alone. */
  readonly text: string
  /**
   * `reply`: what was asked cannot be done; the connection is well. `server`: Redis is in no state to serve us.
   * `connection`: it is not reached, or does not answer.
   */
  readonly kind: 'reply' | 'server' | 'connection'
  /** Nobody is served by asking again at once: a human, or minutes, must pass. */
  readonly isLasting: boolean
  /** Whether the command was certainly not done. */
  readonly isRefused: boolean
  /** What the server's answer began with, such as `READONLY`; only where there was one. */
  readonly reply?: string
}

/** Reads what ioredis threw. Its message may quote keys, values and passwords, so it is never passed on. */
export function faultOf(thrown: unknown): RedisFault {
  const error = innermost(thrown)
  if (isTeleclaudeError(error)) return { ...failing('reply', 'cannot be used now'), isRefused: true }
  if (!(error instanceof Error)) return failing('connection', 'failed')
  if (error.name === 'ReplyError')
    return { ...fromReply(error.message), isRefused: true, reply: codeOf(error.message) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return fromSocket(code) ?? fromClient(error.message)
}

/** Whether a key of ours holds something else than what we keep there. */
export function isWrongType(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('WRONGTYPE')
}

function failing(kind: RedisFault['kind'], text: string): RedisFault {
  return { kind, text, isLasting: false, isRefused: false }
}

function lasting(kind: RedisFault['kind'], text: string): RedisFault {
  return { kind, text, isLasting: true, isRefused: false }
}

/** A cluster wraps what its last node said. */
function innermost(thrown: unknown): unknown {
  const inner = thrown instanceof Error && 'lastNodeError' in thrown ? thrown.lastNodeError : undefined
  return inner instanceof Error ? inner : thrown
}

const SEE_ACL = 'docs/plugins/redis.md has a line with all that is needed'

const CLUSTER_DOWN = failing('server', 'is a cluster that is down: start the nodes that are missing')

const REPLIES: readonly (readonly [prefix: RegExp, fault: RedisFault])[] = [
  [/^WRONGPASS|^ERR invalid password/, lasting('server', 'refuses the user or the password: correct them')],
  [/^NOAUTH/, lasting('server', 'wants a password: give it as `password`, or in `url`')],
  [/^DENIED/, lasting('server', 'is in protected mode and hears only its own computer: give it a password')],
  [/^READONLY/, failing('server', 'is a read-only replica: give the address of the master, or `sentinels`')],
  [/^OOM/, lasting('server', 'is out of memory and takes no writes: raise its `maxmemory`, or empty it')],
  [/^LOADING/, failing('server', 'is still loading its data: wait')],
  [/^BUSY /, failing('server', 'is busy with a script: wait')],
  [/^MISCONF/, lasting('server', 'cannot save its data and takes no writes: look at its log and its disk')],
  [/^MASTERDOWN/, failing('server', 'is a replica that has lost its master: wait for it, or start it')],
  [/^NOREPLICAS/, failing('server', 'lacks replicas and takes no writes: start them')],
  [/^CLUSTERDOWN/, CLUSTER_DOWN],
  [/^(MOVED|ASK) /, failing('server', 'has moved keys to another node: if it is a cluster, give `cluster`')],
  [/^ERR This instance has cluster support/, lasting('server', 'is no cluster: give it as `url`')],
  [/^ERR max number of clients/, lasting('server', 'has too many clients: raise its `maxclients`')],
  [/^ERR DB index/, lasting('server', 'has no database of the number in `url`: leave it out')],
  [
    /^ERR unknown command/,
    lasting('server', 'does not know a command that is needed: use Redis 6.2 or later'),
  ],
  [/^ERR AUTH|^ERR Client sent AUTH/, lasting('server', 'wants no password: leave it out')],
  [
    /^ERR The user executing the script/,
    lasting('server', `does not permit this user a command in scripts: ${SEE_ACL}`),
  ],
  [/^WRONGTYPE/, lasting('reply', 'holds something else under a key of ours: choose another `prefix`')],
]

function fromReply(message: string): RedisFault {
  if (message.startsWith('NOPERM')) return lasting('server', notPermitted(message))
  const known = REPLIES.find(([prefix]) => prefix.test(message))
  if (known) return known[1]
  return failing('reply', `answered with an error (${codeOf(message)})`)
}

function codeOf(message: string): string {
  return /^[A-Z]{2,20}\b/.exec(message)?.[0] ?? 'ERR'
}

function notPermitted(message: string): string {
  const command = /'([a-z]{2,20}(?:\|[a-z-]{2,20})?)'/.exec(message)?.[1]
  if (command) return `does not permit this user the command ${command}: ${SEE_ACL}`
  return `does not permit this user keys that begin with our prefix: ${SEE_ACL}`
}

const BROKEN = 'broke the connection: if it always does, see whether it wants TLS (rediss://)'

const SOCKET_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is not running there: start it, or correct the address',
  ENOENT: 'has no socket of that path: start it, or correct the path',
  EACCES: 'does not let this user use its socket: see its `unixsocketperm`',
  ENOTFOUND: 'cannot be found by that name: correct it, or see to the network',
  EAI_AGAIN: 'cannot be looked up by its name now: see to the network',
  EHOSTUNREACH: 'cannot be reached: see to the network',
  ENETUNREACH: 'cannot be reached: see to the network',
  ETIMEDOUT: 'does not answer there: see to the address, the network, and whether it has TLS at that port',
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
}

const CERTIFICATE_CODES: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'shows a certificate of another name: correct the address, or give `tls.servername`',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired: renew it',
  CERT_NOT_YET_VALID: 'shows a certificate that is not valid yet: see to the clocks',
}

function fromSocket(code: string): RedisFault | undefined {
  const text = SOCKET_CODES[code]
  if (text) return failing('connection', text)
  const certificate = CERTIFICATE_CODES[code]
  if (certificate) return lasting('connection', certificate)
  if (/ALERT/.test(code) && /CERTIFICATE|UNKNOWN_CA/.test(code)) {
    return lasting('connection', 'wants a certificate of ours that it trusts: give `tls.cert` and `tls.key`')
  }
  if (/SELF_SIGNED|UNABLE_TO_|CERT_/.test(code)) {
    return lasting(
      'connection',
      'shows a certificate that is not trusted here: give its authority as `tls.ca`',
    )
  }
  if (/^ERR_SSL|^ERR_TLS|^EPROTO/.test(code)) {
    return lasting('connection', 'does not agree with us on TLS: see whether it has TLS at that port')
  }
  return undefined
}

/** Errors of ioredis itself have no codes. */
function fromClient(message: string): RedisFault {
  if (/^Socket timeout|^Command timed out|^timeout|ETIMEDOUT$/i.test(message)) {
    return failing('connection', 'does not answer')
  }
  if (/enableOfflineQueue options is false/.test(message)) {
    return { ...failing('connection', 'is not connected'), isRefused: true }
  }
  if (/RESP type|Please report this/.test(message)) {
    return lasting(
      'connection',
      'does not speak like a Redis: correct the address, or write rediss:// for TLS',
    )
  }
  if (/cluster_state/.test(message)) return CLUSTER_DOWN
  if (/sentinel/i.test(message)) return fromSentinels(message)
  return failing('connection', 'closed the connection')
}

function fromSentinels(message: string): RedisFault {
  if (/NOAUTH|WRONGPASS|invalid password|NOPERM/.test(message)) {
    return lasting('connection', 'cannot be asked for: the sentinels refuse us. Correct `sentinelPassword`')
  }
  if (/invalid reply/.test(message)) {
    return lasting('connection', 'is unknown to the sentinels: correct `masterName`')
  }
  return failing('connection', 'cannot be asked for: no sentinel answers')
}
