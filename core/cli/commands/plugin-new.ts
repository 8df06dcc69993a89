import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf, TeleclaudeError } from '../../errors.ts'
import type { Cli } from '../context.ts'
import { packLine } from '../installation.ts'
import { neutralise } from '../neutralise.ts'
import { type PluginNames, pluginNames } from '../plugin-names.ts'
import { pluginFiles, type TemplateFile } from '../plugin-template.ts'
import type { ParsedVerb } from '../verb.ts'

export const pluginNew: ParsedVerb = {
  configure(command) {
    command
      .argument('<name>', 'what it connects, e.g. matrix; the folder is teleclaude-plugin-matrix, here')
      .option('--json', 'print what was made as JSON')
      .addHelpText(
        'after',
        '\nIt is an adapter in TypeScript that writes sessions to files, with tests that pass: change it into yours.',
      )
  },
  async run({ args: [given], options }, cli) {
    const names = pluginNames(given as string) // declared as needed
    const folder = resolve(names.packageName)
    const files = pluginFiles(names)
    writeAll(folder, files)
    const made = {
      name: names.name,
      package: names.packageName,
      folder,
      files: files.map(({ name }) => name),
      next: [`cd ${names.packageName}`, `npm install --no-save "$(${packLine})"`, 'npm test'],
    }
    await cli.print(options.json === true ? `${JSON.stringify(made)}\n` : report(names, made, cli))
    return undefined
  },
}

/** All of it or nothing. A folder, a file or a link that is there already is left alone. */
function writeAll(folder: string, files: readonly TemplateFile[]): void {
  try {
    mkdirSync(folder)
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    const message = isThere
      ? `${folder} is there already. Move it away, or choose another name`
      : `cannot make the folder ${folder}: ${messageOf(cause)}`
    throw new TeleclaudeError('TC_ERR_INVALID_INPUT', message, { cause })
  }
  try {
    for (const { name, text } of files) writeFileSync(join(folder, name), text, { flush: true })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function report(
  { name }: PluginNames,
  made: { readonly folder: string; readonly next: readonly string[] },
  cli: Cli,
): string {
  return [
    `Made ${neutralise(made.folder)}: an adapter that writes sessions to files, and its tests.`,
    '',
    ...made.next.map(line => `  ${cli.style('bold', neutralise(line))}`),
    '',
    `Then change it into yours: ${name}-adapter.ts is where sessions go, README.md has the steps. It says that it is under the MIT licence; put the text into LICENSE, or choose another.`,
    '',
  ].join('\n')
}
