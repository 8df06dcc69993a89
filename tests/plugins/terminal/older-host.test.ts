import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { controlFrame } from '../../../plugins/terminal/host/frames.ts'
import { socketPathIn } from '../../../plugins/terminal/host/launch.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { personsTmux } from '../../support/tmux.ts'
import { Harness } from './harness.ts'

/** A host of a version that knew nothing of tmux, of which only the greeting is asked. */
async function serveAsOlderHost(folder: string): Promise<readonly string[]> {
  const heard: string[] = []
  const welcome = { type: 'welcome', protocol: 2, pid: 1, terminals: [] }
  const server = createServer(socket => {
    socket.on('data', bytes => {
      heard.push(String(bytes))
      if (heard.length === 1) socket.write(controlFrame(welcome))
    })
    socket.on('error', () => {})
  })
  server.listen(socketPathIn(folder))
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return heard
}

test('a terminal host from before tmux is asked for no session in tmux, and the error says when it ends', async () => {
  await using it = await Harness.create()
  const heard = await serveAsOlderHost(it.folder)
  const theirs = await personsTmux(tempDir(), 'exec cat')
  const refused = {
    code: 'TC_ERR_BACKEND',
    message: expect.stringMatching(/older version.*ends when its last session does/),
  }
  await expect(it.start({ backend: 'tmux', command: ['cat'] })).rejects.toMatchObject(refused)
  const existing = { socket: theirs.socket, target: 'work' }
  await expect(it.start({ existing })).rejects.toMatchObject(refused)
  expect(heard).toHaveLength(1)
})
