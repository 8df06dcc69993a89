import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { tempDir } from '../support/temp-dir.ts'

const SERVER = fileURLToPath(new URL('request-server.ts', import.meta.url))
const LAST = 500

test('kill -9 at every stage of a request: each is done once at most, and answered truly', async () => {
  const dir = tempDir()
  const answers = new Map<string, Set<string>>()
  const serve = (...how: readonly string[]) =>
    collect([join(dir, 'teleclaude.db'), join(dir, 'effects'), `${LAST}`, ...how], answers)
  for (const [index, stage] of ['begun', 'done', 'recorded', 'answered'].entries()) {
    expect(await serve(stage, `${100 * (index + 1)}`)).toBe('SIGKILL')
  }
  expect(await serve()).toBe(0)

  const done = readFileSync(join(dir, 'effects'), 'utf8').trim().split('\n')
  expect(new Set(done).size).toBe(done.length)
  expect(answers.size).toBe(LAST)
  for (const [id, told] of answers) {
    expect(told.size, id).toBe(1)
    if (told.has('success')) expect(done).toContain(id)
  }
  expect(['100', '200', '300', '400'].map(id => [...(answers.get(id) ?? [])])).toEqual([
    ['error'],
    ['error'],
    ['success'],
    ['success'],
  ])
  expect(done).not.toContain('100')
  expect(done).toContain('200')
})

/** Runs the server until it ends; returns how. */
async function collect(
  args: readonly string[],
  answers: Map<string, Set<string>>,
): Promise<NodeJS.Signals | number | null> {
  const server = spawn(process.execPath, [SERVER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(server, 'exit')
  for await (const line of createInterface(server.stdout)) {
    const [id = '', status = ''] = line.split(' ')
    answers.set(id, (answers.get(id) ?? new Set()).add(status))
  }
  await exit
  return server.signalCode ?? server.exitCode
}
