import { readText } from '../../support/source-files.ts'

/** What an ACL user is given by the line in docs/plugins/redis.md, after its password. */
export function documentedAcl(): string {
  const line = /ACL SETUSER teleclaude on >PASSWORD ([^`]+)/.exec(readText('docs/plugins/redis.md'))?.[1]
  if (line === undefined) throw new Error('docs/plugins/redis.md has no line for an ACL user')
  return line.trim().replace(/\s+/g, ' ')
}
