import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findProgram, type Program, type Wanted } from './debian.ts'

const shared = {
  packages: ['redis-server', 'redis-tools'],
  install: '`apt-get install redis-server`, `brew install redis`',
}
export const redisServer: Wanted = { name: 'redis-server', variable: 'REDIS_SERVER', ...shared }
const redisCli: Wanted = { name: 'redis-cli', variable: 'REDIS_CLI', ...shared }

/** The server, and the redis-cli that came with it where there is one. */
export async function findRedis(): Promise<{ server: Program; cli: Program }> {
  const server = await findProgram(redisServer)
  const beside = join(dirname(server.path), 'redis-cli')
  const cli = existsSync(beside) ? { ...server, path: beside } : await findProgram(redisCli)
  return { server, cli }
}
