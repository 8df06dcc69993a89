// Checks the Node.js version before anything else is imported: on older ones a native module crashes.
const [major, minor] = process.versions.node.split('.').map(Number)
if (!((major === 22 && minor >= 18) || major >= 24)) {
  process.stderr.write(
    `teleclaude needs Node.js 22.18 or newer (22 or 24 and later); this is ${process.versions.node} at ${process.execPath}.\n` +
      'Install a newer one (https://nodejs.org, or `nvm install 24`), then try again.\n',
  )
  process.exit(1)
}
const { existsSync } = await import('node:fs')
const source = new URL('../core/cli/main.ts', import.meta.url)
const isCheckout = existsSync(source)
// The cache makes a start 60 ms faster and stays in memory, more than 2 MB of it. That is too much for the server that runs for
// every agent; but without it a checkout would strip its types each time, which costs far more.
if (isCheckout || process.argv[2] !== 'mcp') {
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
}
await import(isCheckout ? source.href : new URL('../dist/core/cli/main.js', import.meta.url).href)
