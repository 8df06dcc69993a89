import { join } from 'node:path'

export interface RedisOptions {
  /** Listens on a free port of 127.0.0.1 too: in clear, or with TLS and a certificate for `localhost`. */
  readonly tcp?: 'plain' | 'tls'
  /** `requirepass`: the password of the default user. */
  readonly password?: string
  /** Further users, as ACL SETUSER takes them: `reader on >secret ~* +@read`. */
  readonly users?: readonly string[]
  /** Any other directives: `{ maxmemory: '2mb', 'maxmemory-policy': 'noeviction' }`. */
  readonly config?: Readonly<Record<string, string | number>>
  /** Runs as a sentinel, with the masters that `config` names. */
  readonly sentinel?: boolean
  /** Runs as a node of a cluster, which needs `tcp`. */
  readonly cluster?: boolean
}

/** Where one server is, and who may do everything there. */
export interface RedisPlace {
  readonly dataDir: string
  readonly socketPath: string
  readonly port: number
  /** Where nodes of a cluster talk to each other. */
  readonly busPort: number
  readonly operatorPassword: string
}

/** Whom redis-cli logs in as, so that it may do everything, whatever a test forbids to others. */
export const OPERATOR = 'test-operator'

/** The text of its redis.conf. */
export function redisConfiguration(options: RedisOptions, place: RedisPlace): string {
  const { password, users = [], config = {} } = options
  const operator = `${OPERATOR} on >${place.operatorPassword} ~* &* +@all`
  const lines = [
    'bind 127.0.0.1',
    ...listen(options.tcp, place.port),
    `unixsocket ${place.socketPath}`,
    'unixsocketperm 700',
    `dir ${place.dataDir}`,
    'save ""',
    'appendonly no',
    ...(password === undefined ? [] : [`requirepass ${JSON.stringify(password)}`]),
    ...[operator, ...users].map(user => `user ${user}`),
    ...(options.cluster ? ['cluster-enabled yes', `cluster-port ${place.busPort}`] : []),
    ...Object.entries(config).map(([name, value]) => `${name} ${value}`),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * `ca.pem`, `localhost.pem` or `localhost-key.pem`. Made once, for 100 years, because not every computer has a
 * program that makes certificates; the key of the authority was thrown away.
 */
export function certificatePath(name: string): string {
  return join(import.meta.dirname, 'certificates', name)
}

function listen(tcp: RedisOptions['tcp'], port: number): string[] {
  if (tcp !== 'tls') return [`port ${port}`]
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${certificatePath('localhost.pem')}`,
    `tls-key-file ${certificatePath('localhost-key.pem')}`,
    `tls-ca-cert-file ${certificatePath('ca.pem')}`,
    'tls-auth-clients no',
  ]
}
