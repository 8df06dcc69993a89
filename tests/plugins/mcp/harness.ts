import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectMcp } from '../../support/mcp-client.ts'

const serve = fileURLToPath(new URL('./serve.ts', import.meta.url))

/** How the server under test is started: the plugin by itself, with only what it needs around it. */
export function serverProcess(socketPath: string, argv: readonly string[] = []) {
  return {
    command: process.execPath,
    args: ['--conditions=teleclaude-source', '--no-warnings', serve, ...argv],
    env: { PATH: process.env.PATH ?? '', TEST_SOCKET: socketPath },
  }
}

/** A fresh folder for a control socket. */
export function socketFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'tc-'))
  return {
    socketPath: join(dir, 'control.sock'),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  }
}

export function mcpClient(socketPath: string, argv: readonly string[] = []) {
  return connectMcp(serverProcess(socketPath, argv))
}
