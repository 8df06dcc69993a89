/** What is known of a request that got no answer from the Bot API. */
export interface BrokenRequest {
  /** The request was never made because of something here, such as a file that cannot be read. */
  readonly isLocal: boolean
  /** The server may have had the request. */
  readonly isOutcomeUnknown: boolean
  /** Free of URLs. */
  readonly reason: string
}

/** Reads what `fetch` threw: node-fetch's, which grammY uses, or the platform's own, which hides what happened in `cause`. */
export function brokenRequest(thrown: unknown): BrokenRequest {
  const error = thrown instanceof TypeError && thrown.cause !== undefined ? thrown.cause : thrown
  const { name, code, type } = fieldsOf(error)
  const isLocal = !NETWORK_ERRORS.has(name) && !isNetworkCode(code) && error instanceof Error
  if (isLocal) return { isLocal, isOutcomeUnknown: false, reason: code || withoutUrls(messageOf(error)) }
  return {
    isLocal,
    isOutcomeUnknown: !NOT_SENT.has(code),
    reason: reasons[type] ?? (code || name || 'no reason'),
  }
}

/** As node-fetch, undici and the platform call theirs. */
const NETWORK_ERRORS: ReadonlySet<string> = new Set(['FetchError', 'AbortError', 'TimeoutError'])

/** The connection was not even made, so nothing can have happened. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

const MAYBE_SENT: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'])

function isNetworkCode(code: string): boolean {
  return NOT_SENT.has(code) || MAYBE_SENT.has(code) || code.startsWith('UND_ERR_')
}

/** Of node-fetch. */
const reasons: Readonly<Record<string, string>> = {
  'invalid-json': 'the answer is not that of a Bot API server (is apiRoot right?)',
  'max-size': 'the answer is too large',
  'no-redirect': 'the server sends elsewhere (is apiRoot right?)',
}

interface Fields {
  readonly name: string
  readonly code: string
  readonly type: string
}

function fieldsOf(error: unknown): Fields {
  const { name, code, type } = Object(error) as Record<string, unknown> // any object's fields may be looked at
  return { name: textOf(name), code: textOf(code), type: textOf(type) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}

function withoutUrls(text: string): string {
  return text.replace(/\b[a-z]+:\/\/\S+/gi, '[url]')
}
