import type { InlineKeyboardMarkup } from 'grammy/types'
import type { Buttons } from './buttons.ts'

/** The buttons below what is shown of a session, by their actions. `key:` presses the key of that name. */
const ROWS = [
  [
    ['⏹ Ctrl-C', 'interrupt'],
    ['Esc', 'key:esc'],
    ['Tab', 'key:tab'],
    ['⏎', 'key:enter'],
  ],
  [
    ['↑', 'key:up'],
    ['↓', 'key:down'],
    ['←', 'key:left'],
    ['→', 'key:right'],
  ],
  [
    ['🖥 screen', 'screen'],
    ['📄 log', 'log'],
    ['✖ close', 'close'],
  ],
] as const

/** Everybody who is heard may press them, in the topic of the session. */
export function controlsOf(buttons: Buttons, session: string): InlineKeyboardMarkup {
  return {
    inline_keyboard: ROWS.map(row =>
      row.map(([text, action]) => buttons.make(text, action, sessionBinding(session))),
    ),
  }
}

/** What the buttons of a session are bound to. */
export function sessionBinding(session: string): string {
  return `session:${session}`
}

/** What the buttons of one person are bound to, in one session or in none. */
export function personBinding(person: number, session: string | null): string {
  return `person:${person}:${session ?? ''}`
}
