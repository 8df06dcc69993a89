import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { VERSION } from '../version.ts'
import { examplePluginPath } from './installation.ts'
import { freeIdentifier, type PluginNames } from './plugin-names.ts'

/** A file of the new plugin, in its folder. */
export interface TemplateFile {
  readonly name: string
  readonly text: string
}

/** What the example, from which every new plugin is made, is called. */
const EXAMPLE = 'file'

/** What is not the example's own to have: where it lies in a checkout, builds and dependencies do too. */
const GITIGNORE = 'node_modules/\ndist/\n*.tgz\n'

/** The files of a new adapter plugin: the example that is tested with this program, under other names. */
export function pluginFiles(names: PluginNames): readonly TemplateFile[] {
  const example = readExample()
  const code = example.filter(({ name }) => name.endsWith('.ts')).map(({ text }) => text)
  const isExample = names.name === EXAMPLE
  const identifier = isExample ? EXAMPLE : freeIdentifier(names.identifier, code.join('\n'))
  const renamed = (text: string) => rename(text, { ...names, identifier })
  const files = example.map(({ name, text }) => ({
    name: renamed(name),
    text: renamed(FINISH[name]?.(text) ?? text),
  }))
  return [...files, { name: '.gitignore', text: GITIGNORE }]
}

/** Its files only: in a checkout there may be folders of what it needs, and of what was built. */
function readExample(): readonly TemplateFile[] {
  return readdirSync(examplePluginPath, { withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ts|json|md)$/.test(entry.name))
    .map(({ name }) => ({ name, text: readFileSync(join(examplePluginPath, name), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** In the example, `file` is the plugin in these places, and a file in all others. */
function rename(text: string, { name, packageName, identifier, pascal }: PluginNames): string {
  const member = name.includes('-') ? `['${name}']` : `.${name}`
  return text
    .replaceAll('teleclaude-plugin-file', packageName)
    .replaceAll('file-adapter', `${name}-adapter`)
    .replaceAll('createFileAdapter', `create${pascal}Adapter`)
    .replaceAll("'file'", `'${name}'`)
    .replaceAll('`file/', `\`${name}/`)
    .replace(/(?<=adapterMetadata)\.file\b/g, member)
    .replace(/(?<=export const |export default |plugin: |\{ )file(?= = |\n|,| \})|\bfile(?=\()/g, identifier)
}

const FINISH: Readonly<Record<string, (text: string) => string>> = {
  'package.json': text => text.replace(/("teleclaude": ")[^"]*/, `$1^${VERSION}`),
  'README.md': text =>
    text
      .replace('[TeleClaude](../../README.md)', 'TeleClaude')
      .replace('## As an example', '## Where things are')
      .replace(/\nTo begin your own[\s\S]*$/, MAKE_IT_YOURS),
}

const MAKE_IT_YOURS = `
## Make it yours

\`\`\`sh
npm install
npm test
npm pack
\`\`\`

1. In [index.ts](index.ts), say which options your place needs, and in the table above what they mean.
2. In [file-adapter.ts](file-adapter.ts), send to your place instead of a file. [session-file.ts](session-file.ts) goes, unless your place can also
   compare what it has with what comes.
3. In [file-adapter.test.ts](file-adapter.test.ts), let \`openFarSide\` make your place, or a server on loopback that is like it.
4. Choose a licence: package.json says MIT. Put its text, with your name, into a file \`LICENSE\`.

Where TeleClaude comes from no registry, \`npm install\` does not find it. Then \`npm root\` where it is installed (with \`--global\`, if it is so) prints the
folder that it is in, and from there it can be taken: \`npm install --no-save "$(npm pack --silent --ignore-scripts <that folder>/teleclaude)"\`. Pages on
writing, testing and publishing come with it: \`node_modules/teleclaude/docs/plugins\`. A configuration takes the plugin from its folder, before it is published:
\`plugins: ['terminal', '/path/to/teleclaude-plugin-file/index.ts']\`.
`
