import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { startScript } from '../measure/child-lines.ts'

/** One line to another process and back. */
export async function openUnixSocket() {
  const dir = mkdtempSync('/tmp/tc-')
  const path = `${dir}/echo.sock`
  const server = startScript(new URL('../processes/socket-echo.ts', import.meta.url), [path])
  await server.line('ready')
  const socket = connect(path)
  await once(socket, 'connect')
  return {
    async roundTrip() {
      const answered = once(socket, 'data')
      socket.write(`${MESSAGE}\n`)
      await answered
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await server[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true })
    },
  }
}

/** About as long as a request on the control socket. */
const MESSAGE = 'x'.repeat(200)
