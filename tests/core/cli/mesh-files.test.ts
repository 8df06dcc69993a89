import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRedisUrl, writeRedisUrl } from '../../../core/cli/mesh-files.ts'
import { isTeleclaudeError } from '../../../core/errors.ts'
import { tempDir } from '../../support/temp-dir.ts'

const config = () => join(tempDir(), 'teleclaude.config.ts')

test.each([
  'redis://127.0.0.1:6379',
  '/run/redis with spaces.sock',
  "redis://:it's@host",
  'redis://:"quoted"@host',
  'redis://:`ticks`@host',
  `redis://:'"@host`,
  `redis://:'"#@host`,
  "redis://:'`#@host",
  'redis://:"`#@host',
  `redis://:'\`\\n@host`,
  `redis://:'"\`@host`,
  'redis://:$HOME\\n#@host/0 # no comment',
])('the URL %s is read back as it was written', url => {
  const path = config()
  writeRedisUrl(path, url)
  expect(readRedisUrl(path)).toBe(url)
})

test('a URL that no line can hold is refused without being shown, and the file stays as it was', () => {
  const path = config()
  const env = writeRedisUrl(path, 'redis://before')
  const write = () => writeRedisUrl(path, `redis://:hidden'"\`#@host`)
  expect(write).toThrow(expect.toSatisfy(error => isTeleclaudeError(error, 'TC_ERR_INVALID_INPUT')))
  expect(write).not.toThrow(/hidden/)
  expect(readFileSync(env, 'utf8')).toBe('TELECLAUDE_REDIS_URL=redis://before\n')
})

test('what stands in the file already stays, and only its owner can read it', () => {
  const path = config()
  const env = join(path, '../.env')
  writeFileSync(env, 'OTHER=1', { mode: 0o644 })
  writeRedisUrl(path, 'redis://host')
  expect(readFileSync(env, 'utf8')).toBe('OTHER=1\nTELECLAUDE_REDIS_URL=redis://host\n')
  expect(statSync(env).mode & 0o777).toBe(0o600)
})
