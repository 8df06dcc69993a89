import { existsSync } from 'node:fs'
import { definePlugin } from 'teleclaude'
import { z } from 'zod'
import { until } from '../support/until.ts'

/** Fails to start, as soon as there is a file `go` in the home folder. */
export default definePlugin({
  name: 'failing',
  summary: 'Fails.',
  options: z.strictObject({}),
  async setup() {
    await until(() => existsSync(`${process.env.HOME}/go`), 'the word')
    throw new Error('no luck today')
  },
})
