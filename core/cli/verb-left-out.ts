import { homedir } from 'node:os'

/** Which of the plugins that come along, but are not configured, brings the verb that a line begins with. */
export async function pluginOfVerb(words: readonly string[]): Promise<string | undefined> {
  const [{ ownPlugins }, { resolvePlugin }] = await Promise.all([
    import('../config/own-modules.ts'),
    import('../config/plugin-module.ts'),
  ])
  const line = `${words.join(' ')} `
  for (const name of ownPlugins()) {
    const { definition } = await resolvePlugin(name, homedir())
    const { cli = [], operations = [] } = definition
    const verbs = [...cli, ...operations.flatMap(operation => (operation.cli ? [operation.cli] : []))]
    if (verbs.some(verb => line.startsWith(`${verb.words} `))) return name
  }
  return undefined
}
