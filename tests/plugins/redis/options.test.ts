import { describe, expect, test } from 'vitest'
import { redisOptions } from '../../../plugins/redis/options.ts'
import { parseServerUrl } from '../../../plugins/redis/server-url.ts'

const url = 'redis://localhost'

/** What is wrong, by the path of the option. */
function problems(options: unknown): Record<string, string> {
  const { error } = redisOptions.safeParse(options)
  return Object.fromEntries(error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? [])
}

test('one server is enough', () => {
  expect(problems({ url })).toEqual({})
  expect(problems({ sentinels: [{ host: 'a' }], masterName: 'main', sentinelPassword: 'x' })).toEqual({})
  expect(problems({ cluster: [{ host: 'a', port: 7000 }], tls: {} })).toEqual({})
})

test.each<[string, unknown, Record<string, unknown>]>([
  ['no server', {}, { url: expect.stringContaining('no server is given: give exactly one') }],
  [
    'two servers',
    { url, cluster: [{ host: 'a' }] },
    { url: expect.stringContaining('more than one server') },
  ],
  [
    'sentinels without the name of a master',
    { sentinels: [{ host: 'a' }] },
    { masterName: expect.stringContaining('give it as masterName') },
  ],
  [
    'the password of sentinels that are not there',
    { url, sentinelPassword: 'x' },
    { sentinelPassword: 'is only of use together with sentinels' },
  ],
  ['tls for a url without it', { url, tls: {} }, { tls: expect.stringContaining('begin it with rediss://') }],
  [
    'a certificate without its key',
    { url: 'rediss://a', tls: { cert: '-----BEGIN CERTIFICATE-----' } },
    { tls: expect.stringContaining('give both cert and key') },
  ],
  [
    'a path where a certificate should be',
    { url: 'rediss://a', tls: { ca: '/etc/ca.pem' } },
    { 'tls.ca': expect.stringContaining("write file('path')") },
  ],
  [
    'heartbeats that are forgotten between two',
    { url, heartbeatMs: 5000, heartbeatTtlMs: 5000 },
    { heartbeatTtlMs: expect.stringContaining('longer than heartbeatMs') },
  ],
  ['a prefix with a pattern in it', { url, prefix: 'tele*' }, { prefix: expect.stringContaining('letters') }],
])('%s is refused', (_, options, expected) => {
  expect(problems(options)).toEqual(expected)
})

test('checks of certificates cannot be switched off', () => {
  expect(Object.keys(problems({ url: 'rediss://a', tls: { rejectUnauthorized: false } }))).toEqual(['tls'])
})

describe('a url', () => {
  test.each([
    ['redis://localhost', { host: 'localhost', port: 6379, hasTls: false, db: 0 }],
    ['rediss://a.example:6380/3', { host: 'a.example', port: 6380, hasTls: true, db: 3 }],
    [
      'redis://me:a%2Fb%40c@h',
      { host: 'h', port: 6379, hasTls: false, db: 0, username: 'me', password: 'a/b@c' },
    ],
    ['redis://:pw@[::1]:7000/', { host: '::1', port: 7000, hasTls: false, db: 0, password: 'pw' }],
    ['/run/redis.sock', { path: '/run/redis.sock', hasTls: false, db: 0 }],
    ['unix:///run/my%20redis.sock', { path: '/run/my redis.sock', hasTls: false, db: 0 }],
    ['redis+unix:///run/redis.sock', { path: '/run/redis.sock', hasTls: false, db: 0 }],
  ])('%s is understood', (text, address) => {
    expect(parseServerUrl(text)).toEqual(address)
  })

  test.each([
    ['hunter2:6379', 'begins with something else'],
    ['hunter2', 'this is no URL'],
    ['http://:hunter2@host', 'begins with something else'],
    ['redis://:hunter2@host?tls=true', 'what follows ? or #'],
    ['redis://:hunter2@host/cache', 'the number of a database'],
    ['redis://:hunter2%@host', 'a % that does not begin an escape'],
    ['redis:hunter2', 'names no host'],
    ['unix://:hunter2@host/run/redis.sock', 'three slashes'],
  ])('%s is refused, and not quoted', (text, message) => {
    const refused = parseServerUrl(text)
    expect(refused).toContain(message)
    expect(refused).not.toContain('hunter2')
    expect(JSON.stringify(problems({ url: text }))).not.toContain('hunter2')
  })
})
