import { basename } from 'node:path'
import { REDIS_URL } from './mesh-files.ts'

/** What `init` was told. Empty where the default is to hold. */
export interface ConfigAnswers {
  readonly computer: string
  readonly plugins: readonly string[]
  readonly shell: string
  readonly cwd: string
  readonly projects: readonly string[]
  /** Where the mesh secret is, as the configuration refers to it; null for a computer that stays alone. */
  readonly meshSecret: string | null
}

/** A typed configuration as a person would write it. */
export function configSource({ computer, plugins, shell, cwd, projects, meshSecret }: ConfigAnswers): string {
  const imports = plugins.map(name => `import { ${name} } from 'teleclaude/plugins/${name}'`)
  return [
    `import { defineConfig${meshSecret ? ', env, file' : ''} } from 'teleclaude'`,
    ...imports,
    '',
    'export default defineConfig({',
    `  computer: { name: ${literal(computer)} },`,
    ...(meshSecret ? [meshField(meshSecret)] : []),
    `  plugins: [${plugins.map(pluginCall).join(', ')}],`,
    ...(shell ? [`  defaultShell: ${literal(shell)},`] : []),
    ...(cwd ? [`  defaultCwd: ${literal(cwd)},`] : []),
    ...(projects.length > 0 ? ['  projects: [', ...projects.map(projectLine), '  ],'] : []),
    '})',
    '',
  ].join('\n')
}

/** What a configuration needs on top of what it has, to be connected with other computers. */
export function meshLines(meshSecret: string): readonly string[] {
  return [
    "import { env, file } from 'teleclaude'",
    "import { redis } from 'teleclaude/plugins/redis'",
    '…',
    meshField(meshSecret),
    `  plugins: […, ${pluginCall('redis')}],`,
  ]
}

function meshField(secret: string): string {
  return `  mesh: { secret: file(${literal(secret)}) },`
}

function pluginCall(name: string): string {
  return name === 'redis' ? `redis({ url: env('${REDIS_URL}') })` : `${name}()`
}

function projectLine(path: string): string {
  return `    { name: ${literal(basename(path))}, path: ${literal(path)} },`
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
