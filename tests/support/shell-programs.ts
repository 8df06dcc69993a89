import { globSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram, type Program, type Wanted } from './debian.ts'

/**
 * The static zsh: zsh loads the modules of the other one from where it was installed, and from nowhere else that its
 * environment could name.
 */
export const zsh: Wanted = {
  name: 'zsh',
  variable: 'ZSH_PROGRAM',
  packages: ['zsh-static', 'zsh-common'],
  install: '`apt-get install zsh`, `brew install zsh`',
  arrange: folder => symlink('zsh-static', join(folder, 'bin/zsh')),
  unpackedEnv: folder => ({
    FPATH: globSync('usr/share/zsh/functions/{,*/,*/*/}', { cwd: folder })
      .map(path => join(folder, path))
      .join(':'),
  }),
}

export const fish: Wanted = {
  name: 'fish',
  variable: 'FISH_PROGRAM',
  packages: ['fish', 'fish-common'],
  install: '`apt-get install fish`, `brew install fish`',
  // fish takes its functions from beside itself where it finds `share` and `etc` there.
  arrange: folder => symlink('../etc', join(folder, 'usr/etc')),
}

/** A shell by name: its path, and what it needs on top of its environment. */
export async function findShell(name: string): Promise<Program> {
  if (name === 'zsh') return findProgram(zsh)
  if (name === 'fish') return findProgram(fish)
  return { path: name, env: {} }
}
