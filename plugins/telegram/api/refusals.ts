/** What kind of thing went wrong at Telegram; each has one defined behaviour. */
export type FaultKind =
  | 'rate-limit'
  | 'unauthorized'
  | 'kicked'
  | 'no-rights'
  | 'chat-gone'
  | 'thread-gone'
  | 'topic-closed'
  | 'message-gone'
  | 'not-modified'
  | 'too-long'
  | 'bad-markup'
  | 'conflict'
  | 'migrated'
  | 'no-method'
  | 'query-too-old'
  | 'unavailable'
  | 'refused'

/** What Telegram answers where it does not do what it was asked. */
export interface Refusal {
  readonly error_code?: number
  readonly description?: string
  readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number }
}

/** The kind of a refusal of `method`. */
export function kindOf(refusal: Refusal, method: string): FaultKind {
  if (refusal.parameters?.migrate_to_chat_id !== undefined) return 'migrated'
  const code = refusal.error_code ?? 0
  if (code === 404) return isAboutToken(refusal, method) ? 'unauthorized' : 'no-method'
  if (code === 0 || code >= 500) return 'unavailable'
  return kindByCode[code] ?? kindByDescription(refusal.description ?? '') ?? otherwise(code)
}

/** Whatever is forbidden in words that are not known, the bot lacks the right to. */
function otherwise(code: number): FaultKind {
  return code === 403 ? 'no-rights' : 'refused'
}

const kindByCode: Readonly<Record<number, FaultKind>> = {
  401: 'unauthorized',
  409: 'conflict',
  413: 'too-long',
  429: 'rate-limit',
}

/**
 * A token of the wrong form is answered with 404, as an unknown method is. Where the server does not say which, it is
 * the token if the method is one that every server has.
 */
function isAboutToken({ description = '' }: Refusal, method: string): boolean {
  return EVERYWHERE.has(method) && !/method not found/i.test(description)
}

const EVERYWHERE: ReadonlySet<string> = new Set([
  'getMe',
  'getUpdates',
  'getChat',
  'getFile',
  'sendMessage',
  'sendDocument',
  'editMessageText',
  'answerCallbackQuery',
])

function kindByDescription(description: string): FaultKind | undefined {
  return descriptions.find(([pattern]) => pattern.test(description))?.[1]
}

/**
 * Telegram says what is wrong in words only: those of its own server's source and of the MTProto errors that it
 * passes on. The first that fits counts.
 */
const descriptions: readonly (readonly [RegExp, FaultKind])[] = [
  [/not[ _]modified/i, 'not-modified'],
  [/thread not found|TOPIC_(ID_INVALID|DELETED)/i, 'thread-gone'],
  [/TOPIC_CLOSED|topic is closed/i, 'topic-closed'],
  [
    /message (to \w+|with \S+) not found|message can't be (edited|deleted)|MESSAGE_ID_INVALID/i,
    'message-gone',
  ],
  [/message to be replied not found|replied message not found/i, 'message-gone'],
  [/(message|caption|text) is too long|_TOO_LONG|file is too big|entity too large/i, 'too-long'],
  [/can't parse|unsupported parse_mode|ENTIT(Y|IES)_|unclosed|unmatched end tag/i, 'bad-markup'],
  [/query is too old|QUERY_ID_INVALID/i, 'query-too-old'],
  [
    /chat not found|group chat was (deleted|deactivated)|PEER_ID_INVALID|CHANNEL_(INVALID|PRIVATE)/i,
    'chat-gone',
  ],
  [/bot was (kicked|blocked)|not a member|user is deactivated|can't initiate/i, 'kicked'],
  [
    /not enough rights|no rights|administrator rights|ADMIN_REQUIRED|_FORBIDDEN|RIGHT_FORBIDDEN/i,
    'no-rights',
  ],
  [/upgraded to a supergroup/i, 'migrated'],
]
