import { createRequire } from 'node:module'

// By the package's own name, which is found from the sources and from the compiled files alike.
const manifest = createRequire(import.meta.url)('teleclaude/package.json') as { version: string }

/** The version of this program. */
export const VERSION: string = manifest.version
