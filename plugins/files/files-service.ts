import { dirname } from 'node:path'
import { type Clock, defineService, type PluginContext } from '../../core/index.ts'
import { type AllowedPaths, createAllowedPaths } from './allowed-path.ts'
import { createLanes } from './lanes.ts'
import { createLongWork, type LongWork } from './long-work.ts'
import type { FilesOptions } from './options.ts'
import { fileProblem } from './problems.ts'
import { type FileFacts, factsOf } from './reading.ts'
import type { Arrival } from './receiving.ts'

/** What the operations work with. */
export interface FilesParts {
  readonly paths: AllowedPaths
  readonly clock: Clock
  /** One thing after the other for each transfer, in the order in which they were asked for. */
  inTurn<T>(transfer: string, work: () => Promise<T>): Promise<T>
  readonly longWork: LongWork
  /** Where a transfer arrives that is to stand at a path. @throws TC_ERR_FILE where others may not have that */
  arrivalOf(path: string, transfer: string): Promise<Arrival>
  /** @throws TC_ERR_FILE where a file of that size is neither given nor taken */
  checkSize(path: string, bytes: number): void
}

/** The service key of {@link FilesParts}; the plugin's own. */
export const FilesService = defineService<FilesParts>('files')

export function createFiles(
  ctx: Pick<PluginContext, 'clock' | 'stateDir'>,
  options: FilesOptions,
): FilesParts {
  // A plugin's own folder lies in the daemon's state folder.
  const paths = createAllowedPaths(options.roots, [dirname(ctx.stateDir)])
  const { minFreeBytes } = options
  return {
    paths,
    arrivalOf: async (path, transfer) => ({ path: await paths.resolve(path), transfer, minFreeBytes }),
    clock: ctx.clock,
    inTurn: createLanes(),
    longWork: createLongWork(ctx.clock),
    checkSize(path, bytes) {
      if (bytes <= options.maxBytes) return
      throw fileProblem(
        path,
        `it has ${bytes} bytes, and the files plugin there gives and takes ${options.maxBytes} at most (maxBytes)`,
      )
    },
  }
}

/** A file that may be given away. @throws TC_ERR_FILE */
export async function givenFile(
  { paths, checkSize }: FilesParts,
  path: string,
  from?: string,
): Promise<FileFacts & { readonly path: string }> {
  const real = await paths.resolve(path, from)
  const facts = await factsOf(real)
  checkSize(real, facts.bytes)
  return { ...facts, path: real }
}
