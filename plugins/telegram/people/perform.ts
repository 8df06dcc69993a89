import { topicClosed } from './close-question.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'
import { runCommand } from './run-command.ts'
import { topicReopened } from './start-again.ts'
import { tellProblem } from './tell-problem.ts'
import { topicRenamed } from './topic-renamed.ts'
import { typeText } from './type-text.ts'
import { saveUpload } from './uploads.ts'

/** Does something on an occasion, and tells the person what went wrong. Never rejects. */
export async function perform(
  parts: PeopleParts,
  occasion: Occasion,
  act: () => Promise<void> | void = () => dispatch(parts, occasion),
): Promise<void> {
  try {
    await act()
  } catch (error) {
    tellProblem(parts, occasion, error)
  }
}

async function dispatch(parts: PeopleParts, occasion: Occasion): Promise<void> {
  const { heard } = occasion
  switch (heard.type) {
    case 'text':
      return await typeText(parts, { ...occasion, heard })
    case 'command':
      return await runCommand(parts, { ...occasion, heard })
    case 'file':
      return await saveUpload(parts, { ...occasion, heard })
    case 'topic-closed':
      return await topicClosed(parts, occasion)
    case 'topic-reopened':
      return await topicReopened(parts, occasion)
    case 'topic-renamed':
      return await topicRenamed(parts, { ...occasion, heard })
    case 'press':
      return // what it asks for was read when it was heard
  }
}
