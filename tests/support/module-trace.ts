import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Has processes write down which modules they load. */
export interface ModuleTrace {
  /** For the process; what it starts with its own environment is traced too. */
  readonly env: Readonly<Record<string, string>>
  /** The URLs of what one process has loaded until now, or all together. */
  modules(pid?: number): readonly string[]
}

/** @param dir a fresh folder */
export function traceModules(dir: string): ModuleTrace {
  const traces = join(dir, 'traces')
  const hook = join(dir, 'trace.mjs')
  mkdirSync(traces)
  writeFileSync(
    hook,
    `import { appendFileSync } from 'node:fs'
    import { registerHooks } from 'node:module'
    const trace = ${JSON.stringify(traces)} + '/' + process.pid
    registerHooks({ load(url, context, next) { appendFileSync(trace, url + '\\n'); return next(url, context) } })`,
  )
  const linesOf = (name: string) => readFileSync(join(traces, name), 'utf8').trimEnd().split('\n')
  return {
    env: { NODE_OPTIONS: `--import=${hook}` },
    modules(pid) {
      if (pid === undefined) return readdirSync(traces).flatMap(linesOf)
      return existsSync(join(traces, String(pid))) ? linesOf(String(pid)) : []
    },
  }
}

/** What a list of modules comes to. */
export interface Loaded {
  /** Ours, by their folders. */
  readonly plugins: readonly string[]
  /** Those of npm. */
  readonly packages: readonly string[]
  readonly files: number
  readonly bytes: number
}

/** @param root the folder of the installed package */
export function loadedOf(urls: readonly string[], root: string): Loaded {
  const paths = [...new Set(urls.filter(url => url.startsWith('file:')).map(url => fileURLToPath(url)))]
  const plugins = `${root}/dist/plugins/`
  const ours = paths.filter(path => path.startsWith(plugins)).map(path => path.slice(plugins.length))
  return {
    plugins: distinct(ours.map(path => path.split('/')[0])),
    packages: distinct(paths.map(packageOf)).filter(name => name !== 'teleclaude'),
    files: paths.length,
    bytes: paths.reduce((sum, path) => sum + statSync(path).size, 0),
  }
}

function packageOf(path: string): string | undefined {
  return /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
}

/** The packages whose compiled code is in the memory of a process. */
export function nativePackages(pid: number): readonly string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/ (\/.*\.node)$/gm)
  return distinct(Array.from(maps, ([, path = '']) => packageOf(path)))
}

function distinct(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.filter(name => name !== undefined))].sort()
}
