import type { OperationBus } from '../../../core/index.ts'
import { type Mask, screenText } from '../text/index.ts'

const CALLER = {
  principal: { kind: 'plugin', name: 'telegram', scopes: ['sessions:read'] },
  surface: 'telegram',
} as const

/** What a person would see of a session now, without secrets; null where that is not known: it may have ended, or its computer be away. */
export async function readScreen(
  operations: Pick<OperationBus, 'call'>,
  session: string,
  mask: Mask,
): Promise<string | null> {
  try {
    const { screen } = await operations.call<{ screen: { lines: readonly string[] } }>(
      'session.screen',
      { session_id: session },
      CALLER,
    )
    return screenText(screen.lines, mask)
  } catch {
    return null
  }
}
