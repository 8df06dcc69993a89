import type { OperationBus } from '../../../core/index.ts'

const CALLER = {
  principal: { kind: 'plugin', name: 'telegram', scopes: ['sessions:read'] },
  surface: 'telegram',
} as const

/** What a person would see of a session now; null where that is not known: it may have ended, or its computer be away. */
export async function readScreen(
  operations: Pick<OperationBus, 'call'>,
  session: string,
): Promise<string | null> {
  try {
    const { screen } = await operations.call<{ screen: { lines: readonly string[] } }>(
      'session.screen',
      { session_id: session },
      CALLER,
    )
    return screen.lines.join('\n')
  } catch {
    return null
  }
}
