import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Wanted } from './debian.ts'

/** What knows whether a systemd unit is right, without a systemd that runs. */
export const systemdAnalyze: Wanted = {
  name: 'systemd-analyze',
  variable: 'SYSTEMD_ANALYZE',
  packages: ['systemd'],
  install: '`apt-get install systemd`',
  // Its own libraries, and the units that ours builds on, are where it does not look unless it is installed.
  unpackedEnv(folder) {
    const libraries = globSync(['{usr/,}lib/*-linux-*/{systemd/,}'], { cwd: folder })
    return {
      LD_LIBRARY_PATH: libraries.map(library => join(folder, library)).join(':'),
      SYSTEMD_UNIT_PATH: join(folder, 'usr/lib/systemd/user'),
    }
  },
}

/** What checks XML against a DTD. */
export const xmllint: Wanted = {
  name: 'xmllint',
  variable: 'XMLLINT',
  packages: ['libxml2-utils'],
  install: '`apt-get install libxml2-utils`',
}
