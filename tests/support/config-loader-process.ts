import type { ConfigSearch } from '../../core/config/find-config.ts'
import { loadConfig, loadPluginDefinitions } from '../../core/config/load-config.ts'
import { asTeleclaudeError, errorToWire } from '../../core/errors.ts'
import type { LoaderAnswer, LoaderRequest } from './config-loader.ts'

process.on('message', async (request: LoaderRequest) => {
  process.send?.(await answer(request))
})

async function answer({ what, ...search }: LoaderRequest): Promise<LoaderAnswer> {
  try {
    return { value: what === 'config' ? await config(search) : await definitions(search) }
  } catch (thrown) {
    return { error: errorToWire(asTeleclaudeError(thrown)) }
  }
}

async function config(search: ConfigSearch) {
  const { plugins, secrets, ...rest } = await loadConfig(search)
  const names = plugins.map(plugin => plugin.definition.name)
  return { ...rest, plugins: names, revealed: [...secrets.revealed] }
}

async function definitions(search: ConfigSearch) {
  return (await loadPluginDefinitions(search)).map(({ name }) => name)
}
