import { basename } from 'node:path'

/** What `init` was told. Empty where the default is to hold. */
export interface ConfigAnswers {
  readonly computer: string
  readonly plugins: readonly string[]
  readonly shell: string
  readonly cwd: string
  readonly projects: readonly string[]
}

/** A typed configuration as a person would write it. */
export function configSource({ computer, plugins, shell, cwd, projects }: ConfigAnswers): string {
  const imports = plugins.map(name => `import { ${name} } from 'teleclaude/plugins/${name}'`)
  return [
    "import { defineConfig } from 'teleclaude'",
    ...imports,
    '',
    'export default defineConfig({',
    `  computer: { name: ${literal(computer)} },`,
    `  plugins: [${plugins.map(name => `${name}()`).join(', ')}],`,
    ...(shell ? [`  defaultShell: ${literal(shell)},`] : []),
    ...(cwd ? [`  defaultCwd: ${literal(cwd)},`] : []),
    ...(projects.length > 0 ? ['  projects: [', ...projects.map(projectLine), '  ],'] : []),
    '})',
    '',
  ].join('\n')
}

function projectLine(path: string): string {
  return `    { name: ${literal(basename(path))}, path: ${literal(path)} },`
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
