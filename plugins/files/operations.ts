import { stat } from 'node:fs/promises'
import { bytesField, computerName, defineOperation, SessionsService, z } from '../../core/index.ts'
import { FilesService, givenFile } from './files-service.ts'
import { changed, digestOf, type FileFacts, readPiece } from './reading.ts'
import { type Arrival, addPiece, beginArrival, finishArrival, forgetArrival } from './receiving.ts'

/** The most bytes that one call carries: some milliseconds on a fast network, and far below what transports take. */
export const PIECE_BYTES = 262_144

const computer = computerName.optional().describe('The name of the computer; this one if left out.')
const path = z
  .string()
  .min(1)
  .max(4096)
  .refine(value => !value.includes('\0'), 'a path has no NUL')
  .describe('Absolute, or from the home folder.')
const offset = z.int().min(0).describe('In bytes, from the beginning.')
const bytes = z.int().min(0)
const version = z
  .string()
  .max(100)
  .optional()
  .describe('What the file must still be, as an earlier call said.')
const transfer = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .describe('Names the transfer; the same to go on with it.')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const mode = z.int().min(0).max(0o777).describe('Permission bits.')
const data = bytesField(PIECE_BYTES).describe('In base64, or bytes.')
const hidden = { mcp: false, cli: false } as const

export const filesStat = defineOperation({
  name: 'files.stat',
  summary: 'Says what a path of a computer is.',
  input: z.strictObject({ computer, path }),
  output: z.strictObject({
    path: z.string(),
    type: z.enum(['file', 'folder', 'other', 'none']),
    name: z.string().optional(),
    bytes: bytes.optional(),
    mode: mode.optional(),
    version: z.string().optional(),
  }),
  scope: 'files:read',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ path }, call) {
    const files = call.services.get(FilesService)
    const real = await files.paths.resolve(path)
    const found = await stat(real).catch(() => null)
    if (!found) return { path: real, type: 'none' as const }
    if (found.isFile()) return { type: 'file' as const, ...(await givenFile(files, real)) }
    return { path: real, type: found.isDirectory() ? ('folder' as const) : ('other' as const) }
  },
})

export const filesRead = defineOperation({
  name: 'files.read',
  summary: 'Reads a piece of a file.',
  input: z.strictObject({ computer, path, offset, max_bytes: z.int().min(1).max(PIECE_BYTES), version }),
  output: z.strictObject({ data }),
  scope: 'files:read',
  idempotent: true,
  at: 'owner',
  pieceOf: 'path',
  ...hidden,
  async run({ path, offset, max_bytes, version }, call) {
    const { paths, checkSize } = call.services.get(FilesService)
    const real = await paths.resolve(path)
    const check = ({ bytes }: FileFacts) => checkSize(real, bytes)
    return { data: await readPiece(real, { offset, maxBytes: max_bytes, version, check }) }
  },
})

export const filesDigest = defineOperation({
  name: 'files.digest',
  summary: 'Computes the SHA-256 of a file.',
  input: z.strictObject({ computer, path, version }),
  output: z.strictObject({ sha256: sha256.nullable().describe('Null: it takes longer, ask again.') }),
  scope: 'files:read',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ path, version }, call) {
    const files = call.services.get(FilesService)
    const file = await givenFile(files, path)
    if (version !== undefined && version !== file.version) throw changed(file.path)
    const digest = () => digestOf(file.path, file.version)
    const done = await files.longWork.ask(`digest ${file.version} ${file.path}`, digest)
    return { sha256: done?.result ?? null }
  },
})

export const filesBegin = defineOperation({
  name: 'files.begin',
  summary: 'Begins to receive a file, or goes on with it.',
  input: z.strictObject({ computer, path, transfer, bytes, mode }),
  output: z.strictObject({ received: bytes.describe('So much of it is there from an earlier try.') }),
  scope: 'files:write',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ path, transfer, bytes, mode }, call) {
    const { arrivalOf, clock, checkSize, inTurn, longWork } = call.services.get(FilesService)
    const arrival = await arrivalOf(path, transfer)
    checkSize(arrival.path, bytes)
    longWork.forget(finishing(arrival))
    return { received: await inTurn(transfer, () => beginArrival(arrival, { bytes, mode }, clock)) }
  },
})

export const filesWrite = defineOperation({
  name: 'files.write',
  summary: 'Receives a piece of a file.',
  input: z.strictObject({ computer, path, transfer, offset, data }),
  output: z.strictObject({}),
  scope: 'files:write',
  idempotent: true,
  at: 'owner',
  pieceOf: 'transfer',
  ...hidden,
  async run({ path, transfer, offset, data }, call) {
    const { arrivalOf, inTurn, checkSize } = call.services.get(FilesService)
    // In turn with looking up the path, or pieces would overtake each other there.
    await inTurn(transfer, async () => {
      const arrival = await arrivalOf(path, transfer)
      checkSize(arrival.path, offset + data.length)
      await addPiece(arrival, offset, data)
    })
    return {}
  },
})

export const filesFinish = defineOperation({
  name: 'files.finish',
  summary: 'Puts a received file in its place, if it is what was sent.',
  input: z.strictObject({ computer, path, transfer, sha256 }),
  output: z.strictObject({ is_done: z.boolean().describe('False: it takes longer, ask again.') }),
  scope: 'files:write',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ path, transfer, sha256 }, call) {
    const { arrivalOf, inTurn, longWork } = call.services.get(FilesService)
    const arrival = await arrivalOf(path, transfer)
    const finish = () => inTurn(transfer, () => finishArrival(arrival, sha256))
    return { is_done: (await longWork.ask(finishing(arrival), finish)) !== null }
  },
})

export const filesForget = defineOperation({
  name: 'files.forget',
  summary: 'Removes what was received of a file that will not be finished.',
  input: z.strictObject({ computer, path, transfer }),
  output: z.strictObject({}),
  scope: 'files:write',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ path, transfer }, call) {
    const { arrivalOf, inTurn } = call.services.get(FilesService)
    const arrival = await arrivalOf(path, transfer)
    await inTurn(transfer, () => forgetArrival(arrival))
    return {}
  },
})

export const sessionGetFile = defineOperation({
  name: 'session.getFile',
  summary: "Reads a file of a session's computer, in pieces.",
  input: z.strictObject({
    session_id: z.string().min(1).max(64).describe('The session; a relative path is meant from where it is.'),
    path: path.describe("On the session's computer; relative to the session's working directory."),
    offset: offset.default(0),
    max_bytes: z
      .int()
      .min(1)
      .max(PIECE_BYTES)
      .default(49_152)
      .describe('At most this many bytes are returned.'),
    version,
  }),
  output: z.strictObject({
    name: z.string(),
    bytes: bytes.describe('The size of the whole file.'),
    version: z.string().describe('Give it with the next piece, to be told if the file changed meanwhile.'),
    data: z.string(),
    encoding: z.literal('base64').optional().describe('Set where the piece is not UTF-8 text.'),
    next_offset: z.int().nullable().describe('Where the next piece begins; null at the end.'),
  }),
  scope: 'files:read',
  idempotent: true,
  at: 'owner',
  pieceOf: 'path',
  mcp: {
    name: 'teleclaude__get_file',
    description:
      "Read a file of the session's computer: text as it is, anything else in base64. Large files come in pieces: go on with next_offset and version.",
    annotations: { readOnlyHint: true },
  },
  cli: false,
  async run({ session_id, path, offset, max_bytes, version }, call) {
    const { terminal } = call.services.get(SessionsService).get(session_id)
    const file = await givenFile(call.services.get(FilesService), path, terminal.cwd)
    const piece = await readPiece(file.path, {
      offset,
      maxBytes: max_bytes,
      version: version ?? file.version,
    })
    const text = asText(piece, offset + piece.length >= file.bytes)
    const next = offset + (text?.bytes ?? piece.length)
    return {
      ...{ name: file.name, bytes: file.bytes, version: file.version },
      ...(text ? { data: text.text } : { data: piece.toString('base64'), encoding: 'base64' as const }),
      next_offset: next < file.bytes ? next : null,
    }
  },
})

function finishing({ path, transfer }: Arrival): string {
  return `finish ${transfer} ${path}`
}

/** A piece may end within a character, which then belongs to the next one. Null where it is no text. */
function asText(piece: Buffer, isLast: boolean): { text: string; bytes: number } | null {
  for (let cut = 0; cut <= (isLast ? 0 : 3) && cut < Math.max(1, piece.length); cut++) {
    const part = piece.subarray(0, piece.length - cut)
    try {
      return {
        text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part),
        bytes: part.length,
      }
    } catch {
      // Not there yet, or no text at all.
    }
  }
  return null
}
