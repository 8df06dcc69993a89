import { topicName } from '../../../core/index.ts'
import { safeTopicName } from '../text/index.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { sessionIn } from './session-in.ts'
import { titleFrom } from './title.ts'

/** The title follows the topic, and the topic then gets the name that the title gives it. */
export async function topicRenamed(parts: PeopleParts, occasion: Occasion<'topic-renamed'>): Promise<void> {
  const { heard, record, caller } = occasion
  if (!record || heard.name === record.name) return
  const session = await sessionIn(parts, occasion)
  if (!session) return
  const route = topicName({ ...session, title: '' }).trim()
  const said = titleFrom(heard.name)
  const title = titleFrom(said.startsWith(route) ? said.slice(route.length) : said) || session.title
  // What Telegram shows now, so that what follows is seen to be another name.
  parts.topics.update(record.session, { name: safeTopicName(heard.name) })
  await parts.ctx.operations.call('session.rename', { session_id: record.session, title }, caller)
}
