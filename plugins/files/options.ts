import { z } from '../../core/index.ts'

/** The options of the files plugin. */
export const filesOptions = z.strictObject({
  roots: z
    .array(z.string().regex(/^(?:~$|~\/|\/)/, "a root begins with '/' or '~'"))
    .default(['~'])
    .describe('The folders of this computer that may be read and written, with all that is in them.'),
  maxBytes: z
    .int()
    .min(1)
    .default(4 * 2 ** 30)
    .describe('The largest file that is given or taken, in bytes.'),
  minFreeBytes: z
    .int()
    .min(0)
    .default(256 * 2 ** 20)
    .describe('How much of a disk stays free, in bytes: a file that would leave less is not taken.'),
})

export type FilesOptions = z.output<typeof filesOptions>
