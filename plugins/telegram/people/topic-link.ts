import { escapeHtml } from '../text/index.ts'
import type { TopicRecord } from '../topics/topic-store.ts'

/**
 * A link to a topic, in Telegram's HTML. Supergroups have the prefix -100, which links leave out:
 * https://core.telegram.org/api/links#message-links
 */
export function topicLink({ chat, topic }: Pick<TopicRecord, 'chat' | 'topic'>, text: string): string {
  return `<a href="https://t.me/c/${String(chat).replace(/^-100/, '')}/${topic}">${escapeHtml(text)}</a>`
}
