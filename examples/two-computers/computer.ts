import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const bin = resolve(import.meta.dirname, '../../bin/teleclaude')

/** One computer of the demo: a daemon with a home, a configuration and a state folder of its own. */
export class Computer {
  readonly name: string
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  #daemon: ChildProcess | null = null
  #printed = ''

  constructor(dir: string, name: string, mesh: { readonly secret: string; readonly redisUrl: string }) {
    this.name = name
    this.home = join(dir, name)
    mkdirSync(this.home, { mode: 0o700 })
    writeFileSync(join(this.home, 'mesh.secret'), mesh.secret, { mode: 0o600 })
    writeFileSync(join(this.home, '.bashrc'), `PS1='${name}$ '\n`)
    writeFileSync(join(this.home, 'teleclaude.config.ts'), configuration(name), { mode: 0o600 })
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: this.home,
      SHELL: '/bin/bash',
      LANG: process.env.LANG ?? 'C.UTF-8',
      TELECLAUDE_CONFIG: join(this.home, 'teleclaude.config.ts'),
      TELECLAUDE_STATE_DIR: join(this.home, 'state'),
      TELECLAUDE_REDIS_URL: mesh.redisUrl,
    }
  }

  /** Settles when the daemon serves requests. */
  async start(): Promise<void> {
    const daemon = spawn(bin, ['start'], {
      cwd: this.home,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C is for the demo, which then ends the daemon with its sessions
    })
    this.#daemon = daemon
    await new Promise<void>((ready, failed) => {
      const read = (chunk: Buffer) => {
        this.#printed += chunk.toString()
        if (/\bready\b/i.test(this.#printed)) ready()
      }
      daemon.stdout.on('data', read)
      daemon.stderr.on('data', read)
      daemon.once('close', () => failed(new Error(`${this.name} did not start:\n${this.#printed}`)))
    })
  }

  /** Settles when this computer has the other one in its list. */
  async sees(other: Computer): Promise<void> {
    while (!new RegExp(`^${other.name} +online`, 'm').test(await this.teleclaude('computers')));
  }

  /** Runs a command of this computer's command line; settles with what it printed. */
  async teleclaude(...args: string[]): Promise<string> {
    const child = spawn(bin, args, {
      cwd: this.home,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (printed += chunk))
    await once(child, 'close')
    return printed
  }

  /** Ends the daemon with its sessions; also one that is still starting, or has died and left its sessions. */
  async stop(): Promise<void> {
    const daemon = this.#daemon
    if (!daemon) return
    await this.teleclaude('stop', '--sessions')
    if (daemon.exitCode !== null || daemon.signalCode !== null) return
    daemon.kill('SIGKILL')
    await once(daemon, 'close')
  }

  /** How an MCP client starts the server of this computer, as it would stand in an agent's settings. */
  get mcpServer() {
    return { command: bin, args: ['mcp'], env: { ...this.env }, stderr: 'ignore' as const }
  }
}

function configuration(name: string): string {
  return readFileSync(join(import.meta.dirname, 'teleclaude.config.ts'), 'utf8').replaceAll('NAME', name)
}
