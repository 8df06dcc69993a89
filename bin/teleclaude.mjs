// Checks the Node.js version before anything else is imported: on older ones a native module crashes.
import { existsSync } from 'node:fs'

const source = new URL('../core/cli/main.ts', import.meta.url)
const isCheckout = existsSync(source)
const [major, minor] = process.versions.node.split('.').map(Number)
if (!((major === 22 && minor >= 18) || major >= 24)) {
  const what = `teleclaude needs Node.js 22.18 or newer (22 or 24 and later); this is ${process.versions.node} at ${process.execPath}.`
  const bringsItsOwn = isCheckout && process.platform === 'linux' && process.arch === 'x64'
  const fix = bringsItsOwn
    ? 'Type `npm ci` in the checkout, which brings one along, then try again.'
    : 'Install a newer one (https://nodejs.org, or `nvm install 24`), then try again.'
  const [verb, ...options] = process.argv.slice(2)
  if (verb === 'doctor' && options.includes('--json')) {
    const checks = [{ id: 'node', level: 'fail', what, fix }]
    process.stdout.write(`${JSON.stringify({ ok: false, checks })}\n`)
  } else process.stderr.write(`${what}\n${fix}\n`)
  process.exit(1)
}
// The cache makes a start 60 ms faster and stays in memory, more than 2 MB of it. That is too much for the server that runs for
// every agent; but without it a checkout would strip its types each time, which costs far more.
if (isCheckout || process.argv[2] !== 'mcp') {
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
}
await import(isCheckout ? source.href : new URL('../dist/core/cli/main.js', import.meta.url).href)
