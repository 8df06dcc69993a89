import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandLine } from '../../support/command-line.ts'
import { openRoom } from '../../support/telegram-room.ts'
import { tempDir } from '../../support/temp-dir.ts'

test('doctor asks Telegram, without a daemon, and never shows the token', async () => {
  const room = await openRoom()
  const dir = tempDir()
  const config = join(dir, 'config.json')
  const teleclaude = commandLine(dir)
  const doctor = async () => {
    const { stdout, stderr, code } = await teleclaude.run(['doctor', '--json', '--config', config])
    expect(stdout + stderr).not.toContain(room.bot.token)
    const found = (JSON.parse(stdout) as { checks: { id: string }[] }).checks
    return { code, telegram: found.filter(({ id }) => id === 'telegram') }
  }
  const settings = { computer: { name: 'alpha' }, plugins: ['terminal', room.plugin()] }
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 })
  expect((await doctor()).telegram).toMatchObject([{ level: 'ok' }])
  room.telegram.join(room.forum, room.bot)
  expect(await doctor()).toMatchObject({
    code: 1,
    telegram: [{ level: 'fail', fix: expect.stringContaining('Manage Topics') }],
  })
})
