import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Loaded, loadedOf, traceModules } from '../../support/module-trace.ts'
import { meshFor, PACKAGE_SETUPS, type PackageSetup } from '../../support/package-setups.ts'
import { bytesIn, type InstalledProgram, installProgram, packProgram } from '../../support/packed.ts'
import { startLines } from '../measure/child-lines.ts'
import type { Figure, Row } from '../row.ts'

const MB = 1e6

export const install: Row = {
  name: 'install',
  summary: 'the packed program from npm into an empty folder, and what each configuration loads of it',
  onlyOnRequest: true,
  run: async () => measureInstall(await packProgram()),
}

/** @param tarball the packed program */
export async function measureInstall(tarball: string): Promise<readonly Figure[]> {
  const node = dirname(process.execPath)
  const coldMs = await coldInstallMs(tarball, node)
  await using program = await installProgram(tarball, node)
  const installed = bytesIn(join(program.folder, 'node_modules')) / MB
  const figures: Figure[] = [
    { what: 'packed', unit: 'MB', measured: statSync(tarball).size / MB },
    { what: 'installed, with all that it needs', unit: 'MB', measured: installed },
    {
      what: 'npm install, where nothing of it was ever downloaded',
      unit: 's',
      floor: program.installMs / 1000,
      measured: coldMs / 1000,
      note: 'floor = the same with what npm has in its cache. One module is compiled. The same for every configuration: they differ in what is loaded',
    },
  ]
  for (const setup of PACKAGE_SETUPS) {
    const { bytes, files, plugins } = await loadedBy(setup, program)
    const note = `${files} files; the plugins ${plugins.join(', ')}`
    figures.push({ what: `loaded: ${setup.name}`, unit: 'MB', measured: bytes / MB, floor: installed, note })
  }
  return figures
}

async function coldInstallMs(tarball: string, node: string): Promise<number> {
  const empty = mkdtempSync('/tmp/tc-')
  await using program = await installProgram(tarball, node, empty)
  rmSync(empty, { recursive: true, force: true })
  return program.installMs
}

/** Nobody is there: a plugin is loaded all the same, and goes on trying. */
const NOWHERE = {
  telegram: { apiRoot: 'http://127.0.0.1:9', token: '1:none', supergroupId: -1001, allowedUsers: [1] },
  redisUrl: 'redis://127.0.0.1:9',
}

/** What a daemon has loaded when it is ready. */
async function loadedBy(setup: PackageSetup, program: InstalledProgram): Promise<Loaded> {
  const dir = mkdtempSync('/tmp/tc-')
  const trace = traceModules(dir)
  const plugins = setup.plugins(NOWHERE)
  const config = join(dir, 'config.json')
  writeFileSync(config, JSON.stringify({ plugins, ...meshFor(plugins) }), { mode: 0o600 })
  mkdirSync(join(dir, 's'), { mode: 0o700 })
  const env = { PATH: program.env.PATH, HOME: dir, TELECLAUDE_STATE_DIR: join(dir, 's'), ...trace.env }
  const daemon = startLines(join(program.root, 'bin/teleclaude'), ['start', '--config', config], env)
  await daemon.line('is ready')
  const loaded = loadedOf(trace.modules(daemon.pid), program.root)
  await daemon[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
  return loaded
}
