import type { ProgressNotification, ProgressToken } from '@modelcontextprotocol/sdk/types.js'

/**
 * Turns the items of a call into progress notifications: `progress` is the characters so far, `message` the new text.
 * Undefined where the client gave no token, so that the daemon need not make items at all.
 */
export function progressReporter(
  progressToken: ProgressToken | undefined,
  send: (params: ProgressNotification['params']) => Promise<void>,
): ((item: unknown) => Promise<void>) | undefined {
  if (progressToken === undefined) return undefined
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
