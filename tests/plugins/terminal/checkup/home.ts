import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bareEnvironment } from '../../../../plugins/terminal/shell/login-environment.ts'
import { tempDir } from '../../../support/temp-dir.ts'

/** A fresh home folder with these files, those in `bin` being programs on PATH. */
export function homeWith(files: Readonly<Record<string, string>>) {
  const home = tempDir()
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    if (name.startsWith('bin/')) chmodSync(path, 0o755)
  }
  const bare = bareEnvironment({ HOME: home, SHELL: '/bin/bash' })
  return { home, login: { ...bare, PATH: `${home}/bin:${bare.PATH}` } }
}
