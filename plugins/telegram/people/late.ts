import { cleanForChat, escapeHtml } from '../text/index.ts'
import { personBinding } from './controls.ts'
import type { Heard } from './heard.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

/** Of what is listed so much is shown. */
const SHOWN_LINES = 10
const SHOWN_UNITS = 80

/** Whether it was said so long ago that the person may not want it done any more. */
export function isLate(heard: Heard, now: number, maxAgeMs: number): boolean {
  return now - heard.at > maxAgeMs
}

/**
 * Lists what was said in one topic while this computer was away, and does it only if the person says so.
 * @param occasions of one person and place, at least one
 * @param perform does one of them
 */
export async function askAboutLate(
  { buttons, choices }: PeopleParts,
  occasions: readonly Occasion[],
  perform: (occasion: Occasion) => Promise<void>,
): Promise<void> {
  const asked = occasions.filter(
    ({ heard }) => heard.type === 'text' || heard.type === 'file' || heard.type === 'command',
  )
  const last = asked.at(-1)
  if (!last?.record) return
  const { person } = last.heard
  const options = ['do', 'drop']
  const name = choices.open({
    ...{ person: person.id, options },
    pick: async option => {
      if (option === 'do') for (const occasion of asked) await perform(occasion)
    },
  })
  const binding = personBinding(person.id, null)
  const row = [
    buttons.make('⌨️ Do it now', `pick:${name}:0`, binding),
    buttons.make('Leave it', `pick:${name}:1`, binding),
  ]
  const shown = asked.slice(-SHOWN_LINES).map(({ heard }) => `• ${escapeHtml(summary(heard))}`)
  const more = asked.length > shown.length ? [`… and ${asked.length - shown.length} before these`] : []
  const html = ['This computer was away when you wrote this. It was not done:', ...more, ...shown].join('\n')
  await last.reply(html, { keyboard: { inline_keyboard: [row] } })
}

function summary(heard: Heard): string {
  const text =
    heard.type === 'text'
      ? heard.text
      : heard.type === 'command'
        ? `/${heard.name} ${heard.args}`
        : heard.type === 'file'
          ? `a file: ${heard.file.name ?? ''}`
          : ''
  const line = cleanForChat(text).replace(/\s+/g, ' ').trim()
  return line.length > SHOWN_UNITS ? `${line.slice(0, SHOWN_UNITS).toWellFormed()}…` : line
}
