import { readHtml } from './read-html.ts'
import { writeRuns } from './runs.ts'

/** Not seen, no part of a name, and left alone by everything that cleans text, because emoji need it. */
const JOINER = '\u200d'
// Telegram finds these in any text that is not code. Where one ends a piece of text, a name may stand in the next.
const MENTION = /(?<![A-Za-z0-9_])@(?=[A-Za-z0-9_]|$)/g
const COMMAND = /(?<![A-Za-z0-9_/<>])\/(?=[A-Za-z0-9_]{1,64}(?![A-Za-z0-9_/<>])|$)/g
const APP_LINK = /\b(tg|ton|tonsite):(?=\/\/|$)/gi

/** Text in which Telegram finds nobody to mention, no command to tap and no link into an app. */
export function quietText(text: string): string {
  return text
    .replace(MENTION, `@${JOINER}`)
    .replace(COMMAND, `/${JOINER}`)
    .replace(APP_LINK, (found: string) => found + JOINER)
}

/** The same of Telegram's HTML; code stays as it is, because Telegram looks for nothing there. */
export function quietHtml(html: string): string {
  const runs = readHtml(html).map(({ text, tags }) => {
    const isCode = tags.some(({ name }) => name === 'code' || name === 'pre')
    return { text: isCode ? text : quietText(text), tags }
  })
  return writeRuns(runs)
}
