/**
 * Files: gives other computers files of this one, and takes theirs.
 *
 * @packageDocumentation
 */
import { definePlugin } from '../../core/index.ts'
import { createFiles, FilesService } from './files-service.ts'
import {
  filesBegin,
  filesDigest,
  filesFinish,
  filesForget,
  filesRead,
  filesStat,
  filesWrite,
  sessionGetFile,
} from './operations.ts'
import { filesOptions } from './options.ts'

/**
 * The files plugin.
 *
 * @example plugins: [terminal(), redis({ url }), files({ roots: ['~/projects'] })]
 */
export const files = definePlugin({
  name: 'files',
  summary: 'Copies files between computers.',
  options: filesOptions,
  provides: [FilesService],
  operations: [
    filesStat,
    filesRead,
    filesDigest,
    filesBegin,
    filesWrite,
    filesFinish,
    filesForget,
    sessionGetFile,
  ],
  cli: [
    {
      words: 'cp',
      summary: 'Copy a file to or from another computer.',
      load: async () => (await import('./copy/cp.ts')).cp,
    },
  ],
  setup(ctx, options) {
    ctx.provide(FilesService, createFiles(ctx, options))
  },
})

export default files
