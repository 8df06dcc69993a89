import { fail, type Look, ok } from '../host/finding.ts'
import { checkNativeModule } from '../host/native-module.ts'
import { REINSTALL } from '../reinstall.ts'

/** The versions that bin/teleclaude.mjs lets pass, too. */
export async function checkNode(version = process.versions.node, path = process.execPath): Look {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if ((major === 22 && minor >= 18) || major >= 24) return ok(`${version} at ${path}`)
  return fail(
    `${version} at ${path} is not supported: 22.18 or newer of 22, and 24 or newer, are`,
    'Install a newer one (https://nodejs.org, or: nvm install 24)',
  )
}

export function checkSqlite(): Look {
  return checkNativeModule({
    name: 'better-sqlite3',
    use: "Database => 'loads (SQLite ' + new Database(':memory:').prepare('select sqlite_version()').pluck().get() + ')'",
    fix: REINSTALL,
    from: import.meta.url,
  })
}
