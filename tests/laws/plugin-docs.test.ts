import { existsSync, globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configSchema, ENVIRONMENTS } from '../../core/config/schema.ts'
import type { PluginFactory } from '../../core/host/plugin.ts'
import { documentedRows, optionRows } from '../support/option-rows.ts'
import { readText, root } from '../support/source-files.ts'

const folders = globSync('plugins/*/', { cwd: root })
  .map(path => basename(path))
  .sort()
const readme = existsSync(join(root, 'README.md')) ? readText('README.md') : null

it('the package exports the folder of every plugin, from sources and compiled', () => {
  const { exports } = JSON.parse(readText('package.json'))
  expect(exports['./plugins/*']).toEqual({
    'teleclaude-source': './plugins/*/index.ts',
    types: './dist/plugins/*/index.d.ts',
    default: './dist/plugins/*/index.js',
  })
})

describe.each(folders)('plugin %s', name => {
  it('is exported under its own name, and as the default', async () => {
    const module: Record<string, PluginFactory> = await import(`../../plugins/${name}/index.ts`)
    expect(module.default?.definition.name).toBe(name)
    expect(module[name]).toBe(module.default)
  })

  it('has a page with its summary and with every option and its default', async () => {
    const { default: plugin }: { default: PluginFactory } = await import(`../../plugins/${name}/index.ts`)
    const page = readText(`docs/plugins/${name}.md`)
    expect(page).toContain(plugin.definition.summary)
    expect(documentedRows(page)).toEqual(optionRows(plugin.definition.options))
  })
})

it('docs/configuration.md has every field of the configuration with its default', () => {
  const page = readText('docs/configuration.md')
  expect(documentedRows(page)).toEqual(optionRows(configSchema))
  for (const name of ENVIRONMENTS) expect(page).toContain(`\`${name}\``)
})

it.each([
  ['core/host/plugin.ts', 'PluginContext'],
  ['core/host/plugin.ts', 'PluginDefinition'],
  ['core/store/plugin-store.ts', 'PluginStore'],
  ['core/adapters/adapter.ts', 'Adapter'],
  ['core/adapters/adapter.ts', 'AdapterSupports'],
])('docs/plugins/writing.md has every member of %s, %s', (path, name) => {
  const page = readText('docs/plugins/writing.md')
  const members = membersOf(readText(path), name)
  expect(members.length).toBeGreaterThan(1)
  expect(members.filter(member => !new RegExp(`\\b${member}\\b`).test(page))).toEqual([])
})

describe.skipIf(readme === null)('the README', () => {
  it('lists every plugin, linked to its page, and no other', () => {
    const rows = (readme ?? '').matchAll(/^\| `([a-z-]+)` \| .+ \| \[(.+)\]\(docs\/plugins\/.+\.md\) \|$/gm)
    const listed = [...rows].map(([, name, page]) => ({ name, page }))
    expect(listed.sort(byName)).toEqual(folders.map(name => ({ name, page: `docs/plugins/${name}.md` })))
  })

  it('gives the test command that .ci/run runs', () => {
    const command = readText('.ci/run').trimEnd().split('\n').at(-1)
    expect(command).toBe('npm ci && npm test')
    expect(readme).toContain(`\n${command}\n`)
  })

  it('links to nothing in the repository that is not there', () => {
    const links = [...(readme ?? '').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      ([, path]) => path ?? '',
    )
    expect(links.filter(path => !existsSync(join(root, path)))).toEqual([])
  })
})

/** Those that an interface declares itself, in its lines of the first level. */
function membersOf(source: string, name: string): string[] {
  const [, body = ''] =
    new RegExp(`^export interface ${name}\\b.*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source) ?? []
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[<(:]/gm)].map(([, member]) => member ?? '')
}

function byName(a: { name?: string | undefined }, b: { name?: string | undefined }): number {
  return (a.name ?? '').localeCompare(b.name ?? '')
}
