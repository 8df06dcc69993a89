import type { ServiceSpec } from './spec.ts'

/** The service as launchd calls it. */
export const LABEL = 'teleclaude'

/** The declarations before the first element, after which a comment may stand. */
export const PLIST_HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
`

/** A launchd agent, as a property list in XML. */
export function launchdAgent({ command, env, log }: ServiceSpec): string {
  const agent = {
    Label: LABEL,
    ProgramArguments: command,
    EnvironmentVariables: env,
    WorkingDirectory: '/',
    RunAtLoad: true,
    // After a failure; a fault that no restart cures ends with 0 there, since launchd knows no exit code to stop at.
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 10,
    // The sessions are processes of their own, and go on without the daemon.
    AbandonProcessGroup: true,
    ExitTimeOut: 75,
    StandardOutPath: log,
    StandardErrorPath: log,
  }
  return `${PLIST_HEAD}<plist version="1.0">\n${element(agent, '')}\n</plist>\n`
}

/** What an agent of {@link launchdAgent} runs, and with what. */
export function runsInAgent(agent: string): Pick<ServiceSpec, 'command' | 'env'> {
  const [, command = ''] = /<key>ProgramArguments<\/key>\s*<array>(.*?)<\/array>/s.exec(agent) ?? []
  const [, env = ''] = /<key>EnvironmentVariables<\/key>\s*<dict>(.*?)<\/dict>/s.exec(agent) ?? []
  const pairs = [...env.matchAll(/<key>(.*?)<\/key>\s*<string>(.*?)<\/string>/gs)]
  return {
    command: [...command.matchAll(/<string>(.*?)<\/string>/gs)].map(([, word = '']) => unescaped(word)),
    env: Object.fromEntries(pairs.map(([, name = '', value = '']) => [unescaped(name), unescaped(value)])),
  }
}

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

function element(value: Value, indent: string): string {
  if (typeof value === 'string') return `${indent}<string>${escaped(value)}</string>`
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`
  if (typeof value === 'boolean') return `${indent}<${value}/>`
  const inner = `${indent}  `
  if (isList(value))
    return block(
      'array',
      value.map(item => element(item, inner)),
      indent,
    )
  const lines = Object.entries(value).map(
    ([key, item]) => `${inner}<key>${escaped(key)}</key>\n${element(item, inner)}`,
  )
  return block('dict', lines, indent)
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

function block(name: string, lines: readonly string[], indent: string): string {
  return [`${indent}<${name}>`, ...lines, `${indent}</${name}>`].join('\n')
}

/** Text of an element. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescaped(text: string): string {
  return text.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
