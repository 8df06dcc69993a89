/** Answers every line on a Unix socket with the same line. */
import { createServer } from 'node:net'

createServer(socket => socket.on('data', bytes => socket.write(bytes))).listen(process.argv[2], () =>
  process.stdout.write('ready\n'),
)
process.stdin.on('end', () => process.exit()).resume()
