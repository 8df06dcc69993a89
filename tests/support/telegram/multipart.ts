import { ApiError } from './api-error.ts'

/** One part of a form. */
export interface FormPart {
  readonly name: string
  /** Undefined for a plain value. */
  readonly fileName: string | undefined
  readonly bytes: Buffer
}

const BLANK_LINE = '\r\n\r\n'

/**
 * Reads multipart/form-data. Node's own reader wants quotes around file names, which grammY does not write.
 *
 * @throws ApiError 400 where it is cut or malformed
 */
export function readForm(body: Buffer, contentType: string): readonly FormPart[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1]
  if (!boundary) throw malformed()
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  // so that the first delimiter looks like the others
  const bytes = Buffer.concat([Buffer.from('\r\n'), body])
  const parts: FormPart[] = []
  let at = bytes.indexOf(delimiter)
  while (at >= 0) {
    const start = at + delimiter.length
    if (bytes.subarray(start, start + 2).equals(Buffer.from('--'))) return parts
    at = bytes.indexOf(delimiter, start)
    if (at >= 0) parts.push(readPart(bytes.subarray(start + 2, at)))
  }
  throw malformed()
}

function readPart(part: Buffer): FormPart {
  const end = part.indexOf(BLANK_LINE)
  if (end < 0) throw malformed()
  const headers = `${part.subarray(0, end)}`
  const name = /;\s*name="([^"]*)"/i.exec(headers)?.[1]
  if (name === undefined) throw malformed()
  const [, quoted, plain] = /;\s*filename=(?:"([^"]*)"|([^\r\n]*))/i.exec(headers) ?? []
  return { name, fileName: quoted ?? plain, bytes: part.subarray(end + BLANK_LINE.length) }
}

function malformed(): ApiError {
  return new ApiError(400, 'Bad Request: the form is malformed')
}
