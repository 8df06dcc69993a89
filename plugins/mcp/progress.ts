import { isRequestId } from './json-rpc.ts'

/** What a progress notification says. */
export interface Progress {
  readonly progressToken: string | number
  readonly progress: number
  readonly message: string
}

/**
 * Turns the items of a call into progress notifications: `progress` is the characters so far, `message` the new text.
 * Undefined where the client gave no token, so that the daemon need not make items at all.
 */
export function progressReporter(
  progressToken: unknown,
  send: (progress: Progress) => Promise<void>,
): ((item: unknown) => Promise<void>) | undefined {
  if (!isRequestId(progressToken)) return undefined
  let progress = 0
  return item => {
    const message = textOf(item)
    if (message === '') return Promise.resolve()
    progress += message.length
    return send({ progressToken, progress, message })
  }
}

function textOf(item: unknown): string {
  const { text } = Object(item)
  return typeof text === 'string' ? text : (JSON.stringify(item) ?? '')
}
