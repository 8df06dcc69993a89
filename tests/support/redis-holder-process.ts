import { startRedis } from './redis-server.ts'

const { pid, dir } = await startRedis()
process.send?.({ pid, dir })
