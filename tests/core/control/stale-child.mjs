// Listens on a Unix socket until it is killed, so that the socket file stays behind.
import { createServer } from 'node:net'

createServer().listen(process.argv[2], () => process.stdout.write('listening\n'))
