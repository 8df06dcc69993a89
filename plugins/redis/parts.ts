/** What the plugin is made of, in one module, so that nothing of it is loaded before it is set up. */
export { createClients } from './connection-clients.ts'
export { createLink } from './connection-link.ts'
export { createKeys } from './keys.ts'
export { createPresence } from './presence.ts'
export { createRedisTransport } from './transport.ts'
