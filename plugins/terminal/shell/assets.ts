import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TeleclaudeError } from '../../../core/index.ts'

/** Where an asset is: shipped as it is, beside the sources or, when these are compiled, two folders up from `dist`. */
export function assetPath(name: string): string {
  const places = [`../assets/${name}`, `../../../../plugins/terminal/assets/${name}`]
  const paths = places.map(place => fileURLToPath(new URL(place, import.meta.url)))
  const path = paths.find(path => existsSync(path))
  if (path) return path
  throw new TeleclaudeError(
    'TC_ERR_INTERNAL',
    `A shell's prompt marks are missing from this installation (${paths[0]}). Install it again.`,
  )
}
