/** A set of plugins that people run, and what of the package its daemon may load. */
export interface PackageSetup {
  readonly name: string
  /** The entries of the configuration. */
  plugins(places: Places): readonly PluginEntry[]
  /** The packages of npm, of those that ours names, that it loads beside core's. */
  readonly packages: readonly string[]
}

export type PluginEntry = readonly [name: string, options: object]

/** What plugins reach out to. */
export interface Places {
  /** The options of the telegram plugin. */
  readonly telegram: object
  readonly redisUrl: string
}

const terminal: PluginEntry = ['terminal', {}]
const registry: PluginEntry = ['registry', {}]
const mcp: PluginEntry = ['mcp', {}]
const telegram = ({ telegram }: Places): PluginEntry => ['telegram', telegram]
const redis = ({ redisUrl }: Places): PluginEntry => ['redis', { url: redisUrl, heartbeatMs: 1000 }]

export const PACKAGE_SETUPS: readonly PackageSetup[] = [
  { name: 'default', plugins: () => [terminal, registry, mcp], packages: [] },
  { name: 'Telegram-only', plugins: places => [terminal, telegram(places)], packages: ['grammy'] },
  { name: 'Redis-only', plugins: places => [terminal, redis(places)], packages: ['ioredis'] },
  {
    name: 'full',
    plugins: places => [
      ...[terminal, registry, mcp],
      ['files', {}],
      ['ports', {}],
      redis(places),
      telegram(places),
    ],
    packages: ['grammy', 'ioredis'],
  },
]

/** What every daemon loads, whatever its plugins. */
export const CORE_PACKAGES = ['better-sqlite3', 'commander', 'pino', 're2js', 'tapable', 'zod']

/** What a configuration says of the mesh: the redis plugin asks for a secret, and without it none is needed. */
export function meshFor(plugins: readonly PluginEntry[]): { readonly mesh?: { readonly secret: string } } {
  return hasPlugin(plugins, 'redis') ? { mesh: { secret: 'a secret that is long enough for a mesh' } } : {}
}

export function hasPlugin(plugins: readonly PluginEntry[], name: string): boolean {
  return plugins.some(([one]) => one === name)
}
