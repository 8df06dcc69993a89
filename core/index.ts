/**
 * The only door for plugins: everything that a plugin may use of core.
 *
 * @packageDocumentation
 */
/** For the options of plugins: their schemas and the host's must be of one zod. */
export { z } from 'zod'
export * from './adapters/adapter.ts'
export { followSession } from './cli/follow-session.ts'
export * from './clock.ts'
export { defineConfig, type TeleclaudeConfig } from './config/schema.ts'
export { type EnvSecret, env, type FileSecret, file, type SecretRef, secret } from './config/secret.ts'
export * from './config/service.ts'
export * from './errors.ts'
export * from './host/hooks.ts'
export * from './host/plugin.ts'
export * from './host/service.ts'
export * from './ids.ts'
export * from './journal/cursor.ts'
export * from './journal/entry.ts'
export * from './journal/journal.ts'
export { type Mesh, MeshService } from './mesh/mesh.ts'
export * from './operations/bus.ts'
export type { JsonSchema, OperationDescription } from './operations/describe.ts'
export * from './operations/operation.ts'
export * from './principal.ts'
export * from './registry.ts'
export * from './sessions/session.ts'
export * from './sessions/sessions.ts'
export * from './sessions/terminal.ts'
export { toText } from './text/to-text.ts'
export * from './transport.ts'
export * from './version.ts'
