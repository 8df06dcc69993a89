import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../core/log.ts'
import { MAX_LOG_BYTES } from '../../core/log-file.ts'
import { capturedLog } from '../support/captured-log.ts'
import { tempDir } from '../support/temp-dir.ts'

describe('levels', () => {
  it('are one for all, and their own for plugins that have one', () => {
    const { log, records } = capturedLog({ level: 'info', pluginLevels: { mcp: 'debug', redis: 'error' } })
    log.debug('core debug')
    log.child({ plugin: 'mcp' }).debug('mcp debug')
    log.child({ plugin: 'mcp' }).child({ session: 'a' }).debug('mcp session debug')
    log.child({ plugin: 'redis' }).warn('redis warning')
    log.child({ plugin: 'other' }).info('other info')
    expect(records().map(record => record.msg)).toEqual(['mcp debug', 'mcp session debug', 'other info'])
    expect(records()[0]).toMatchObject({
      level: 'debug',
      plugin: 'mcp',
      time: expect.stringMatching(/^20.*Z$/),
    })
  })
})

describe('redaction', () => {
  it('blacks out fields with a telling name, at any depth', () => {
    const { log, lines } = capturedLog()
    log
      .child({ bot: { token: 'hidden-1' } })
      .info(
        { a: [{ Password: 'hidden-2' }], headers: { authorization: ['hidden-3'] }, api_key: 'hidden-4' },
        'hello',
      )
    expect(lines.join()).not.toContain('hidden')
    expect(lines[0]).toContain('hello')
  })

  it('blacks out passwords in URLs, in messages and in errors', () => {
    const { log, lines, records } = capturedLog()
    const url = 'rediss://ada:hidden@redis.example:6379/0'
    log.error({ err: new Error(`cannot reach ${url}`, { cause: new Error(url) }), url }, `no ${url}`)
    expect(lines.join()).not.toContain('hidden')
    expect(records()[0]?.url).toBe('rediss://[redacted]@redis.example:6379/0')
  })

  it("blacks out the configuration's secrets wherever they turn up", () => {
    const secrets = new Set<string>()
    const { log, lines } = capturedLog({ secrets })
    secrets.add('line one\nline "two"')
    log.info({ note: 'x line one\nline "two" y' }, 'typed line one\nline "two"')
    expect(lines.join()).not.toContain('two')
  })

  it('leaves everything else as it is', () => {
    const { log, records } = capturedLog()
    log.info({ url: 'https://example.com/a@b', at: 'ada@example.com', n: 1, none: null }, 'fine')
    expect(records()[0]).toMatchObject({
      url: 'https://example.com/a@b',
      at: 'ada@example.com',
      n: 1,
      none: null,
    })
  })
})

describe('a file', () => {
  it('is private, and goes on where it ended', () => {
    const file = join(tempDir(), 'daemon.log')
    createLogger({ destination: { file } }).info('one')
    createLogger({ destination: { file } }).info('two')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8').match(/"msg":"(one|two)"/g)).toHaveLength(2)
  })

  it('keeps one older file once it is full, and no more', () => {
    const file = join(tempDir(), 'daemon.log')
    const log = createLogger({ destination: { file } })
    const filler = 'x'.repeat(1024 * 1024)
    for (let at = 0; at < 25; at++) log.info({ at, filler }, 'full')
    log.info('the newest')
    expect(readFileSync(file, 'utf8')).toContain('the newest')
    for (const kept of [file, `${file}.1`])
      expect(statSync(kept).size).toBeLessThan(MAX_LOG_BYTES + 2 * 1024 * 1024)
    expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600)
  })

  it('that the disk refuses to take more of troubles nobody who logs', () => {
    const log = createLogger({ destination: { file: '/dev/full' } })
    expect(() => log.error('no room for this')).not.toThrow()
  })

  it('says how many lines were lost once it can be written again', () => {
    const file = join(tempDir(), 'daemon.log')
    const log = createLogger({ destination: { file } })
    mkdirSync(`${file}.1/in-the-way`, { recursive: true })
    log.info({ filler: 'x'.repeat(MAX_LOG_BYTES) }, 'full')
    log.info('lost')
    log.info('lost')
    rmSync(`${file}.1`, { recursive: true })
    log.info('written')
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    const messages = lines.map(line => JSON.parse(line).msg)
    expect(messages).toEqual(['2 lines before this one could not be written', 'written'])
  })
})
