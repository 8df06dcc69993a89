import type { IncomingMessage } from 'node:http'
import { ApiError } from './api-error.ts'
import { MAX_UPLOAD_BYTES } from './files.ts'
import { type FormPart, readForm } from './multipart.ts'

/** What a request says, before its shape is checked. */
export interface RequestBody {
  readonly fields: Readonly<Record<string, unknown>>
  /** Files that came with it, by the name that `attach://` gives them. */
  readonly files: ReadonlyMap<string, FormPart>
}

const NO_FILES: ReadonlyMap<string, FormPart> = new Map()

/**
 * @param isText whether a parameter is a text; the others are JSON in forms
 * @throws ApiError 400 for what is no request, 413 for what is too large
 */
export async function readBody(
  request: IncomingMessage,
  query: URLSearchParams,
  isText: (name: string) => boolean,
): Promise<RequestBody> {
  const bytes = await readAll(request)
  const type = request.headers['content-type'] ?? ''
  const ofForm = (entries: Iterable<readonly [string, string]>) => unpacked(entries, isText)
  if (bytes.length === 0) return { fields: ofForm(query), files: NO_FILES }
  if (type.startsWith('application/json')) return { fields: parseJson(bytes), files: NO_FILES }
  if (type.startsWith('application/x-www-form-urlencoded'))
    return { fields: ofForm(new URLSearchParams(`${bytes}`)), files: NO_FILES }
  if (!type.startsWith('multipart/form-data'))
    throw new ApiError(400, `Bad Request: the test server does not read ${type}`)
  const parts = readForm(bytes, type)
  const values = parts.filter(({ fileName }) => fileName === undefined)
  const files = parts.filter(({ fileName }) => fileName !== undefined)
  return {
    fields: ofForm(values.map(({ name, bytes: value }) => [name, `${value}`] as const)),
    files: new Map(files.map(file => [file.name, file])),
  }
}

function unpacked(
  entries: Iterable<readonly [string, string]>,
  isText: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  const values = [...entries].map(([name, value]) => [name, isText(name) ? value : fromJson(value)])
  return Object.fromEntries(values)
}

function fromJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value // of the wrong shape, which is said where shapes are checked
  }
}

/** A form has more around the files than they themselves. */
const MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 64 * 1024

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MAX_BODY_BYTES) throw new ApiError(413, 'Request Entity Too Large')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function parseJson(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(`${bytes}`)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // said below
  }
  throw new ApiError(400, 'Bad Request: failed to parse JSON object')
}
