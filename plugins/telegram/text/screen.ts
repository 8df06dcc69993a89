import { renderPre } from './escape.ts'

/** A rendered screen, as `session.read` answers with `format: 'screen'`. */
export interface ScreenText {
  readonly lines: readonly string[]
  readonly cursor: { readonly row: number; readonly col: number }
}

/** A screen as one monospace block of one message. */
export function renderScreen(screen: ScreenText): string {
  return renderPre(screen.lines.join('\n').slice(0, 4096))
}
