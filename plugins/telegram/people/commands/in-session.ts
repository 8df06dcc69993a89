import { TeleclaudeError } from '../../../../core/index.ts'
import { askToClose } from '../close-question.ts'
import type { PeopleParts } from '../people-parts.ts'
import { actionsOn, type SessionActions } from '../session-actions.ts'
import { type Command, type CommandOccasion, sessionOf } from './command.ts'

/** A command in the topic of a session. */
function inSession(
  facts: Omit<Command, 'run'>,
  run: (actions: SessionActions, occasion: CommandOccasion, parts: PeopleParts) => Promise<unknown>,
): Command {
  return {
    ...facts,
    async run(parts, occasion) {
      const { session } = sessionOf(occasion)
      await run(actionsOn(parts, session, occasion.place, occasion.caller), occasion, parts)
    },
  }
}

export const cancel = inSession({ name: 'cancel', summary: 'Interrupt what runs (Ctrl-C)' }, actions =>
  actions.interrupt(),
)

export const key = inSession(
  { name: 'key', summary: 'Press keys by name', usage: 'esc, ctrl-d, up up enter …' },
  async (actions, { heard }) => {
    const keys = heard.args.split(/\s+/).filter(Boolean)
    if (keys.length === 0) throw missing('/key esc, or /key up up enter')
    await actions.keys(keys)
  },
)

export const screen = inSession({ name: 'screen', summary: 'Show the screen' }, async (actions, { reply }) =>
  reply(await actions.screen()),
)

export const log = inSession(
  { name: 'log', summary: 'Send everything that was printed as a file' },
  actions => actions.sendLog(),
)

export const rename = inSession(
  { name: 'rename', summary: 'Change the title', usage: 'title' },
  async (actions, { heard }) => {
    if (!heard.args) throw missing('/rename a better title')
    await actions.rename(heard.args)
  },
)

export const close = inSession({ name: 'close', summary: 'End the session' }, (_, occasion, parts) =>
  askToClose(parts, occasion),
)

function missing(example: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_INVALID_INPUT', `Say what: ${example}`)
}
