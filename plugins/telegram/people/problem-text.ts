import { TeleclaudeError } from '../../../core/index.ts'
import type { TelegramParts } from '../parts.ts'
import { atMostUnits, cleanForChat, escapeHtml } from '../text/index.ts'

/** More than this explains nothing. */
const MAX_UNITS = 600

/** What went wrong, as a person is told it. What is no error of ours goes to the log, and only there. */
export function problemText(error: unknown, { ctx, mask }: Pick<TelegramParts, 'ctx' | 'mask'>): string {
  if (!(error instanceof TeleclaudeError)) ctx.log.error({ err: error }, 'what somebody asked for failed')
  const { code, message } = error instanceof TeleclaudeError ? error : INTERNAL
  const text = mask(cleanForChat(message))
  return `⚠️ ${escapeHtml(atMostUnits(text, MAX_UNITS))}\n<code>${code}</code>`
}

const INTERNAL = {
  code: 'TC_ERR_INTERNAL',
  message: 'That failed inside the program. The log of this computer has the details.',
} as const
