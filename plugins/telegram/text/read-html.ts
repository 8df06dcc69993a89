import { cleanForChat } from './clean.ts'
import { ElementStack } from './element-stack.ts'
import { decodeEntities } from './entities.ts'
import type { Run } from './runs.ts'
import { languageOf, namedTag, tagOf } from './tags.ts'

/** An attribute longer than a link may be is none of Telegram's. */
const TAG = /<(\/?)([a-zA-Z][a-zA-Z-]{0,15})(\s[^<>]{0,4096})?\/?>/g

/** Any HTML as text and the elements of Telegram around it. What Telegram does not know is text. */
export function readHtml(html: string): Run[] {
  const runs: Run[] = []
  const stack = new ElementStack()
  const addText = (text: string) => {
    if (text) runs.push({ text, tags: stack.tags })
  }
  let at = 0
  for (const match of html.matchAll(TAG)) {
    const change = changeOf(match, stack, at === match.index)
    if (!change) continue
    addText(cleanForChat(decodeEntities(html.slice(at, match.index))))
    addText(change() ?? '')
    at = match.index + match[0].length
  }
  addText(cleanForChat(decodeEntities(html.slice(at))))
  return runs
}

type Change = () => string | undefined

/** What a tag does: to the elements that are open, or as text; null where it is none of Telegram's. */
function changeOf(match: RegExpExecArray, stack: ElementStack, isBehindTag: boolean): Change | null {
  const [, slash, source = '', attributes = ''] = match
  const element = source.toLowerCase()
  if (element === 'br') return () => '\n'
  const { innermost } = stack
  if (slash) {
    const name = namedTag(element)
    if (name === 'code' && innermost?.name === 'pre' && languageOf(innermost.open)) return () => undefined
    return name && stack.isOpen(name) ? () => void stack.close(name) : null
  }
  const tag = tagOf(element, attributes)
  if (!tag) return null
  const language = tag.name === 'code' && isBehindTag && innermost?.name === 'pre' && languageOf(tag.open)
  if (!language) return () => void stack.push(tag)
  return () => {
    stack.pop()
    stack.push({ name: 'pre', open: `<pre>${tag.open}`, close: '</code></pre>' })
    return undefined
  }
}
