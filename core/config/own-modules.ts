import { readdirSync } from 'node:fs'
import { type ResolveFnOutput, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** `.ts` where this runs from sources, `.js` where it was compiled; the folders are the same. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const root = new URL('../../', import.meta.url)

/** Begins a specifier that only {@link shareOwnModules} understands: a name, and the folder to look from. */
const FROM = 'teleclaude-from:'
let isInstalled = false

/**
 * From now on, whatever imports `teleclaude`, `teleclaude/testing` or `teleclaude/plugins/…` gets the modules of this
 * very program, wherever it lies and whether or not it has the package installed: there is one core per process.
 */
export function shareOwnModules(): void {
  if (isInstalled) return
  isInstalled = true
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier.startsWith(FROM)) {
        const [name = '', folder = ''] = JSON.parse(specifier.slice(FROM.length))
        return nextResolve(name, { ...context, parentURL: pathToFileURL(`${folder}/`).href })
      }
      const url = ownModule(specifier)
      return url ? { url, shortCircuit: true } : asModule(nextResolve(specifier, context))
    },
  })
}

/** The folders of configurations, as URLs that end in a slash. */
const configFolders = new Set<string>()

/**
 * From now on the code in `folder`, but not that of packages installed there, is read as ES modules, whatever a
 * package.json near it says: a configuration is one even in the folder of a CommonJS project.
 */
export function readAsModules(folder: string): void {
  configFolders.add(pathToFileURL(`${folder}/`).href)
}

function asModule(resolved: ResolveFnOutput): ResolveFnOutput {
  const folder = [...configFolders].find(folder => resolved.url.startsWith(folder))
  if (!folder || resolved.url.slice(folder.length).includes('node_modules/')) return resolved
  if (resolved.url.endsWith('.ts')) return { ...resolved, format: 'module-typescript' }
  return resolved.url.endsWith('.js') ? { ...resolved, format: 'module' } : resolved
}

/** What to import to get the package that a file in `folder` would get. {@link shareOwnModules} must have been called. */
export function packageFrom(folder: string, name: string): string {
  return FROM + JSON.stringify([name, folder])
}

/** The names of the plugins that come with this program. */
export function ownPlugins(): readonly string[] {
  return readdirSync(fileURLToPath(new URL('plugins/', root)), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
}

/** The URL of the module that `specifier` names, if it is one of this program's. */
export function ownModule(specifier: string): string | undefined {
  if (specifier === 'teleclaude') return moduleUrl('core')
  if (specifier === 'teleclaude/testing') return moduleUrl('core/testing')
  const plugin = /^teleclaude\/plugins\/([a-z0-9-]+)$/.exec(specifier)?.[1]
  return plugin && moduleUrl(`plugins/${plugin}`)
}

function moduleUrl(folder: string): string {
  return new URL(`${folder}/index${extension}`, root).href
}
