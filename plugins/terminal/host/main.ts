/**
 * The pty host: a process of its own that holds the terminals, so that they outlive the daemon.
 * Started by the terminal plugin as `node main.ts <socket path> <version of the program>`; ends by itself when it has nothing to do.
 */
import { chmodSync, renameSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
// Not through core/index.ts, which brings the validator and with it 10 MB to a process that is to stay small.
import { systemClock } from '../../../core/clock.ts'
import { HostServer } from './server.ts'

const [socketPath = '', version = ''] = process.argv.slice(2)
process.umask(0o077)
// A line that finds no room on the disk must not end every terminal.
process.stderr.on('error', () => {})

if (await isServed(socketPath)) {
  log('another terminal host serves this folder: nothing to do')
} else {
  await serve()
}

async function serve(): Promise<void> {
  const server = new HostServer({
    version,
    clock: systemClock,
    folder: dirname(socketPath),
    log,
    isCurrent: () => inode(socketPath) === own,
    onIdle() {
      log('no terminal and no daemon: ends')
      if (inode(socketPath) === own) rmSync(socketPath, { force: true })
      server.close()
    },
  })
  // Listening under another name first, so that the known name always leads to a host that answers.
  const draft = join(dirname(socketPath), `p${process.pid}`)
  rmSync(draft, { force: true }) // left by one that crashed here, under the same process id
  await server.listen(draft)
  chmodSync(draft, 0o600)
  const own = inode(draft)
  renameSync(draft, socketPath)
  log('ready')
}

function isServed(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function inode(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null
}

function log(line: string): void {
  process.stderr.write(`${new Date(systemClock.now()).toISOString()} pty-host ${process.pid}: ${line}\n`)
}
