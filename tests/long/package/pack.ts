import type { TestProject } from 'vitest/node'
import { packProgram } from '../../support/packed.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the packed program. */
    tarball: string
  }
}

/** Once, before the first test: two that pack would build into the same folder. */
export default async function pack({ provide }: TestProject): Promise<void> {
  provide('tarball', await packProgram())
}
