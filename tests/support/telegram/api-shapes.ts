import type { ApiMethods, Opts, Update } from '@grammyjs/types'

/** How a request names a file that comes with it. */
export type AttachedFile = `attach://${string}`

/** Every method that Telegram knows. */
export type MethodName = keyof ApiMethods<AttachedFile>

/** What each method of the test server takes. The JSON schema is made from this. */
export type MethodParameters = { [M in ServedMethod]: Opts<AttachedFile>[M] }

/** What each method of the test server answers. The JSON schema is made from this. */
export type MethodResults = { [M in ServedMethod]: ReturnType<ApiMethods<AttachedFile>[M]> }

/** What bots are told. The JSON schema is made from this. */
export type DeliveredUpdate = Update

/** The methods that the test server serves. */
export type ServedMethod =
  | 'answerCallbackQuery'
  | 'closeForumTopic'
  | 'createForumTopic'
  | 'deleteForumTopic'
  | 'deleteMessage'
  | 'deleteMessages'
  | 'deleteMyCommands'
  | 'deleteWebhook'
  | 'editForumTopic'
  | 'editMessageCaption'
  | 'editMessageReplyMarkup'
  | 'editMessageText'
  | 'getChat'
  | 'getChatAdministrators'
  | 'getChatMember'
  | 'getChatMemberCount'
  | 'getFile'
  | 'getForumTopicIconStickers'
  | 'getMe'
  | 'getMyCommands'
  | 'getUpdates'
  | 'getWebhookInfo'
  | 'leaveChat'
  | 'pinChatMessage'
  | 'reopenForumTopic'
  | 'sendChatAction'
  | 'sendDocument'
  | 'sendMessage'
  | 'sendPhoto'
  | 'setMessageReaction'
  | 'setMyCommands'
  | 'setWebhook'
  | 'unpinChatMessage'
