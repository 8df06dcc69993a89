import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ConfigSearch } from '../../core/config/find-config.ts'
import type { Config } from '../../core/config/load-config.ts'
import { TeleclaudeError, type WireError } from '../../core/errors.ts'

/** What of a loaded configuration can cross to the test. */
export interface LoadedInProcess {
  readonly source: string | null
  readonly config: Config
  readonly plugins: readonly string[]
  readonly revealed: readonly string[]
}

export type LoaderRequest = ConfigSearch & { readonly what: 'config' | 'definitions' }
export type LoaderAnswer = { readonly value: unknown } | { readonly error: WireError }

/**
 * Loads configurations in a process of its own: a test runner transforms what it imports, and configurations are to be
 * read by Node.js itself. One at a time.
 */
export function startConfigLoader() {
  const child = fork(fileURLToPath(new URL('config-loader-process.ts', import.meta.url)), { execArgv: [] })
  let turn: Promise<unknown> = Promise.resolve()
  const ask = async (request: LoaderRequest) => {
    child.send(request)
    const [answer] = (await once(child, 'message')) as [LoaderAnswer]
    if ('error' in answer) throw new TeleclaudeError(answer.error.code, answer.error.message, answer.error)
    return answer.value
  }
  const inTurn = (request: LoaderRequest) => {
    const asked = turn.then(() => ask(request))
    turn = asked.catch(() => {})
    return asked
  }
  return {
    load: (search: ConfigSearch) => inTurn({ ...search, what: 'config' }) as Promise<LoadedInProcess>,
    definitions: (search: ConfigSearch) => inTurn({ ...search, what: 'definitions' }) as Promise<string[]>,
    async close() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
