import { describe, expect, it } from 'vitest'
import { type FaultKind, kindOf } from '../../../plugins/telegram/api/refusals.ts'

/** As Telegram words them. */
const said: readonly (readonly [number, string, FaultKind])[] = [
  [429, 'Too Many Requests: retry after 35', 'rate-limit'],
  [401, 'Unauthorized', 'unauthorized'],
  [403, 'Forbidden: bot was kicked from the supergroup chat', 'kicked'],
  [403, 'Forbidden: bot is not a member of the supergroup chat', 'kicked'],
  [403, 'Forbidden: bot was blocked by the user', 'kicked'],
  [403, "Forbidden: bot can't initiate conversation with a user", 'kicked'],
  [403, 'Forbidden: the group chat was deleted', 'chat-gone'],
  [400, 'Bad Request: not enough rights to create a topic', 'no-rights'],
  [400, 'Bad Request: not enough rights to send text messages to the chat', 'no-rights'],
  [400, 'Bad Request: have no rights to send a message', 'no-rights'],
  [400, 'Bad Request: need administrator rights in the channel chat', 'no-rights'],
  [400, 'Bad Request: CHAT_ADMIN_REQUIRED', 'no-rights'],
  [403, 'Forbidden: CHAT_WRITE_FORBIDDEN', 'no-rights'],
  [403, 'Forbidden: CHAT_RESTRICTED', 'no-rights'],
  [400, 'Bad Request: chat not found', 'chat-gone'],
  [400, 'Bad Request: message thread not found', 'thread-gone'],
  [400, 'Bad Request: TOPIC_ID_INVALID', 'thread-gone'],
  [400, 'Bad Request: TOPIC_DELETED', 'thread-gone'],
  [400, 'Bad Request: TOPIC_CLOSED', 'topic-closed'],
  [400, 'Bad Request: TOPIC_NOT_MODIFIED', 'not-modified'],
  [
    400,
    'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    'not-modified',
  ],
  [400, 'Bad Request: message to edit not found', 'message-gone'],
  [400, 'Bad Request: message to delete not found', 'message-gone'],
  [400, 'Bad Request: message to be replied not found', 'message-gone'],
  [400, "Bad Request: message can't be edited", 'message-gone'],
  [400, 'Bad Request: MESSAGE_ID_INVALID', 'message-gone'],
  [400, 'Bad Request: message is too long', 'too-long'],
  [400, 'Bad Request: message caption is too long', 'too-long'],
  [400, 'Bad Request: MEDIA_CAPTION_TOO_LONG', 'too-long'],
  [400, 'Bad Request: file is too big', 'too-long'],
  [413, 'Request Entity Too Large', 'too-long'],
  [400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0', 'bad-markup'],
  [400, 'Bad Request: unsupported parse_mode', 'bad-markup'],
  [
    409,
    'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    'conflict',
  ],
  [400, 'Bad Request: query is too old and response timeout expired or query ID is invalid', 'query-too-old'],
  [500, 'Internal Server Error', 'unavailable'],
  [502, 'Bad Gateway', 'unavailable'],
  [400, 'Bad Request: message text is empty', 'refused'],
  [400, 'Bad Request: the chat is not a forum', 'refused'],
  [400, 'Bad Request: BUTTON_DATA_INVALID', 'refused'],
]

describe('what Telegram answers', () => {
  for (const [error_code, description, kind] of said) {
    it(`'${description.slice(0, 60)}' is ${kind}`, () => {
      expect(kindOf({ error_code, description }, 'sendMessage')).toBe(kind)
    })
  }

  it('of a group that became a supergroup is that it has a new id', () => {
    const refusal = {
      error_code: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: -1002 },
    }
    expect(kindOf(refusal, 'sendMessage')).toBe('migrated')
  })

  it('with 404 is of the token where every server has the method, else of the method', () => {
    expect(kindOf({ error_code: 404, description: 'Not Found' }, 'getMe')).toBe('unauthorized')
    expect(kindOf({ error_code: 404, description: 'Not Found' }, 'createForumTopic')).toBe('no-method')
  })
})
