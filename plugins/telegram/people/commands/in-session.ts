import { askToClose } from '../close-question.ts'
import type { PeopleParts } from '../people-parts.ts'
import { actionsOn, type SessionActions } from '../session-actions.ts'
import { titleFrom } from '../title.ts'
import type { Command, CommandOccasion } from './command.ts'

/** A command in the topic of a session. */
function inSession(
  facts: Pick<Command, 'name' | 'summary' | 'usage'>,
  run: (actions: SessionActions, occasion: CommandOccasion, parts: PeopleParts) => Promise<void> | void,
): Command {
  return {
    ...facts,
    isInSession: true,
    async run(parts, occasion) {
      if (occasion.record) await run(actionsOn(parts, occasion), occasion, parts)
      else occasion.reply(`Say /${facts.name} in the topic of a session; /sessions lists them.`)
    },
  }
}

export const cancel = inSession(
  { name: 'cancel', summary: 'Interrupt what runs (Ctrl-C)' },
  async (actions, occasion) => {
    await actions.interrupt()
    occasion.acknowledge()
  },
)

export const key = inSession(
  { name: 'key', summary: 'Press keys by name', usage: 'esc, ctrl-d, up up enter …' },
  async (actions, occasion) => {
    const keys = occasion.heard.args.split(/[\s,]+/).filter(Boolean)
    if (keys.length === 0)
      return occasion.reply('Say which: <code>/key esc</code>, or <code>/key up up enter</code>.')
    await actions.keys(keys)
    occasion.acknowledge()
  },
)

export const screen = inSession({ name: 'screen', summary: 'Show the screen' }, actions =>
  actions.showScreen(),
)

export const log = inSession({ name: 'log', summary: 'Send all that was printed as a file' }, actions =>
  actions.sendLog(),
)

export const rename = inSession(
  { name: 'rename', summary: 'Change the title', usage: 'title' },
  async (actions, occasion) => {
    const title = titleFrom(occasion.heard.args)
    if (!title) return occasion.reply('Say how: <code>/rename a better title</code>.')
    await actions.rename(title)
    occasion.acknowledge()
  },
)

export const close = inSession({ name: 'close', summary: 'End the session' }, (_, occasion, parts) =>
  askToClose(parts, occasion),
)
