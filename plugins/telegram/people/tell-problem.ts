import { TeleclaudeError } from '../../../core/index.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { problemText } from './problem-text.ts'
import { offerToStartAgain } from './start-again.ts'

/** Tells the person why what they asked for was not done. */
export function tellProblem(parts: PeopleParts, occasion: Occasion, error: unknown): void {
  const code = error instanceof TeleclaudeError ? error.code : null
  if (code === 'TC_ERR_SESSION_CLOSED') offerToStartAgain(parts, occasion)
  else if (code === 'TC_ERR_SESSION_NOT_FOUND') occasion.reply(FORGOTTEN)
  else occasion.reply(problemText(error, parts))
}

const FORGOTTEN =
  'The session of this topic ended long ago, and nothing is known of it any more. /new starts another one.'
