import { expect, test } from 'vitest'
import { createMask } from '../../../plugins/telegram/text/index.ts'
import { readScreen } from '../../../plugins/telegram/topics/session-screen.ts'

test('a secret that goes on in the next line of a live screen is masked', async () => {
  const line = `${'.'.repeat(70)}ghp_${'a1B2c3D4'.repeat(5)}`
  const lines = [line.slice(0, 80), line.slice(80), '', 'prompt']
  // A screen, whatever is asked for.
  const call = <T>() => Promise.resolve({ screen: { lines } } as T)
  const screen = await readScreen({ call }, 's', createMask(true))
  expect(screen).toBe(`${'.'.repeat(70)}«masked»\n\nprompt`)
})
