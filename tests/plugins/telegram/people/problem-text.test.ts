import { expect, test } from 'vitest'
import { TeleclaudeError } from '../../../../core/errors.ts'
import type { PluginContext } from '../../../../core/host/plugin.ts'
import { problemText } from '../../../../plugins/telegram/people/problem-text.ts'
import { createMask } from '../../../../plugins/telegram/text/index.ts'
import { capturedLog } from '../../../support/captured-log.ts'

function told(error: unknown) {
  const { log, records } = capturedLog()
  // All that it needs of a context.
  const ctx = { log } as unknown as PluginContext
  return { text: problemText(error, { ctx, mask: createMask(true) }), records }
}

test('an error says what and its code, and cannot be markup', () => {
  const { text } = told(new TeleclaudeError('TC_ERR_CWD', "no '<b>' & so on"))
  expect(text).toBe("⚠️ no '&lt;b&gt;' &amp; so on\n<code>TC_ERR_CWD</code>")
})

test('a long one is cut, a secret in it is masked', () => {
  const { text } = told(new TeleclaudeError('TC_ERR_FILE', `password=hunter2hunter2 ${'x'.repeat(5000)}`))
  expect(text).not.toContain('hunter2')
  expect(text.length).toBeLessThan(700)
})

test('what is no error of ours is for the log alone', () => {
  const { text, records } = told(new TypeError('x of undefined in /home/ada/secret.ts'))
  expect(text).toMatch(/^⚠️ That failed inside the program\. .*TC_ERR_INTERNAL/s)
  expect(text).not.toContain('ada')
  expect(records()).toHaveLength(1)
})
