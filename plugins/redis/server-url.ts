/** Where a Redis server is, and who one is there. */
export interface ServerAddress {
  /** Of a Unix socket; else host and port. */
  readonly path?: string
  readonly host?: string
  readonly port?: number
  readonly hasTls: boolean
  readonly username?: string
  readonly password?: string
  readonly db: number
}

const FORMS =
  'Write redis://host:6379, rediss://host:6379 (with TLS), or the path of a Unix socket such as /run/redis.sock'

/** The address in a URL, or what is wrong with it: in words that quote nothing of it, since it may hold a password. */
export function parseServerUrl(url: string): ServerAddress | string {
  if (url.startsWith('/')) return { path: url, hasTls: false, db: 0 }
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed) return `this is no URL. ${FORMS}`
  if (parsed.search || parsed.hash) {
    return 'what follows ? or # in the url is not understood: give it as an option. In a password write %3F and %23'
  }
  switch (parsed.protocol) {
    case 'redis:':
    case 'rediss:':
      return overTcp(parsed)
    case 'unix:':
    case 'redis+unix:':
      return overSocket(parsed)
    default:
      return `the url begins with something else than redis:// or rediss://. ${FORMS}`
  }
}

function overTcp(url: URL): ServerAddress | string {
  if (url.hostname === '') return `the url names no host. ${FORMS}`
  const db = url.pathname.replace(/^\//, '')
  if (!/^\d{0,4}$/.test(db))
    return 'what follows the host in the url must be the number of a database, such as /0'
  const who = credentials(url)
  if (typeof who === 'string') return who
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    hasTls: url.protocol === 'rediss:',
    db: Number(db),
    ...who,
  }
}

function overSocket(url: URL): ServerAddress | string {
  const path = decoded(url.pathname)
  if (path && url.host === '' && url.username === '') return { path, hasTls: false, db: 0 }
  return 'write the path of a Unix socket with three slashes, unix:///run/redis.sock, and the password beside the url'
}

function credentials(url: URL): { username?: string; password?: string } | string {
  const username = decoded(url.username)
  const password = decoded(url.password)
  if (username === null || password === null) {
    return 'the user or password in the url holds a % that does not begin an escape: write it as %25, or give password'
  }
  return { ...(username && { username }), ...(password && { password }) }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
