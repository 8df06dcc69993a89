import { secret, z } from '../../core/index.ts'
import { parseServerUrl } from './server-url.ts'

/** The longest time of Node's timers. */
const MAX_MS = 2 ** 31 - 1
const MIB = 1024 * 1024

const host = z.string().min(1).max(255)
const port = z.int().min(1).max(65535)
const pem = secret().refine(text => text.includes('-----BEGIN '), {
  message: "this is no PEM text: where it is in a file, write file('path')",
})
const entries = z.int().min(1).max(10_000_000)

/** The options of the redis plugin. */
export const redisOptions = z
  .strictObject({
    url: secret()
      .optional()
      .describe('`redis://user:password@host:6379/0`, `rediss://…` for TLS, or the path of a Unix socket.'),
    sentinels: z
      .array(z.strictObject({ host, port: port.default(26379) }))
      .min(1)
      .optional()
      .describe('In place of `url`: sentinels that know where the master is.'),
    masterName: z.string().min(1).optional().describe('The name that the sentinels know the master by.'),
    sentinelUsername: z.string().min(1).optional().describe('The ACL user at the sentinels.'),
    sentinelPassword: secret().optional().describe('The password of the sentinels, if they have one.'),
    cluster: z
      .array(z.strictObject({ host, port: port.default(6379) }))
      .min(1)
      .optional()
      .describe('In place of `url`: some nodes of a Redis cluster.'),
    username: z.string().min(1).optional().describe('The ACL user; comes before the one in `url`.'),
    password: secret().optional().describe('The password; comes before the one in `url`.'),
    tls: z
      .strictObject({
        ca: pem
          .optional()
          .describe(
            "The certificates to trust in place of those that Node trusts, such as `file('ca.pem')`.",
          ),
        servername: z
          .string()
          .min(1)
          .optional()
          .describe('The name that the certificate must have, where it is not the host.'),
        cert: pem.optional().describe('A certificate of this computer, where the server asks for one.'),
        key: pem.optional().describe('Its private key.'),
      })
      .optional()
      .describe('TLS for `sentinels` and `cluster`, or more about it for a `rediss://` URL.'),
    prefix: z
      .string()
      .regex(/^[\w:./{}-]{1,64}$/, 'use 1 to 64 of: letters, digits, and : . / { } _ -')
      .default('teleclaude:')
      .describe('What the names of all keys begin with: computers see each other only under the same one.'),
    mailboxLength: entries
      .default(1000)
      .describe('About how many messages wait for a computer, before the oldest go.'),
    deadLength: entries.default(100).describe('About how many messages that could not be taken in are kept.'),
    outputLength: entries
      .default(10_000)
      .describe('About how many entries are kept of the output of a watched session.'),
    outputBytes: z
      .int()
      .min(MIB / 4)
      .max(512 * MIB)
      .default(8 * MIB)
      .describe('About how many bytes are kept of it.'),
    outputTtlSeconds: z
      .int()
      .min(60)
      .max(7 * 24 * 3600)
      .default(3600)
      .describe('How long it is kept after the last entry.'),
    heartbeatMs: z
      .int()
      .min(1000)
      .max(3_600_000)
      .default(30_000)
      .describe('How often this computer says that it is there.'),
    heartbeatTtlMs: z
      .int()
      .min(2000)
      .max(MAX_MS)
      .default(60_000)
      .describe('How long it counts as online without saying so again; longer than `heartbeatMs`.'),
    connectTimeoutMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(2000)
      .describe('How long making a connection may take, TLS included, before it is tried anew.'),
    commandTimeoutMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(2500)
      .describe('How long Redis may not answer, before the connection is taken for dead and made anew.'),
  })
  .check(ctx => {
    for (const [path, message] of contradictions(ctx.value)) {
      ctx.issues.push({ code: 'custom', input: ctx.value, path: [path], message })
    }
  })

/** The parsed options of the redis plugin. */
export type RedisOptions = z.output<typeof redisOptions>

/** What each option allows alone, but not together with the others: by the option to blame. */
function contradictions(options: {
  readonly url?: string | undefined
  readonly sentinels?: unknown
  readonly masterName?: string | undefined
  readonly sentinelUsername?: string | undefined
  readonly sentinelPassword?: string | undefined
  readonly cluster?: unknown
  readonly tls?: { readonly cert?: string | undefined; readonly key?: string | undefined } | undefined
  readonly heartbeatMs: number
  readonly heartbeatTtlMs: number
}): [path: string, message: string][] {
  const found: [string, string][] = []
  const { url, sentinels, masterName, sentinelUsername, sentinelPassword, cluster, tls } = options
  const given = [url, sentinels, cluster].filter(server => server !== undefined).length
  if (given !== 1) {
    const many = given === 0 ? 'no server is given' : 'more than one server is given'
    found.push(['url', `${many}: give exactly one of url, sentinels and cluster`])
  }
  if (sentinels !== undefined && masterName === undefined) {
    found.push(['masterName', 'sentinels are asked for a master by its name: give it as masterName'])
  }
  for (const [name, value] of Object.entries({ masterName, sentinelUsername, sentinelPassword })) {
    if (sentinels === undefined && value !== undefined)
      found.push([name, 'is only of use together with sentinels'])
  }
  const parsed = url === undefined ? undefined : parseServerUrl(url)
  if (typeof parsed === 'string') found.push(['url', parsed])
  else if (parsed && !parsed.hasTls && tls) {
    found.push(['tls', 'the url does not ask for TLS: begin it with rediss://'])
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    found.push(['tls', 'a certificate needs its key, and a key its certificate: give both cert and key'])
  }
  if (options.heartbeatTtlMs <= options.heartbeatMs) {
    found.push(['heartbeatTtlMs', 'must be longer than heartbeatMs, or this computer is offline between two'])
  }
  return found
}
