import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A source file as the laws look at it. */
export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string
  /** Its text without comments. */
  readonly code: string
  /** What it imports: files as paths from the root, packages as they are written. */
  readonly imports: readonly string[]
  /** Those of `imports` that run before the file does: neither types, which are erased, nor `import()`. */
  readonly runsFirst: readonly string[]
}

/** The sources under the folders named. */
export function sourceFiles(...folders: string[]): readonly SourceFile[] {
  const patterns = folders.map(folder => `${folder}/**/*.{ts,mts,mjs,js}`)
  return globSync(patterns, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] })
    .sort()
    .map(path => {
      const code = withoutComments(readText(path))
      const imports = importsOf(path, code, [...STATIC, ...TYPES, ...LATER])
      return { path, code, imports, runsFirst: importsOf(path, code, STATIC) }
    })
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Comments that begin a line: those after code hold no imports. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '')
}

const STATIC = [
  /^\s*(?:import|export)\b(?! type\b)[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
]
const TYPES = [/^\s*(?:import|export) type\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm]
const LATER = [/\bimport\(\s*['"]([^'"]+)['"]/g, /\bnew (?:Worker|URL)\(\s*['"](\.[^'"]+\.ts)['"]/g]

function importsOf(path: string, code: string, patterns: readonly RegExp[]): string[] {
  const specifiers = patterns.flatMap(pattern => [...code.matchAll(pattern)].map(match => match[1] ?? ''))
  return specifiers.map(specifier =>
    specifier.startsWith('.') ? relative(root, join(root, dirname(path), specifier)) : specifier,
  )
}
