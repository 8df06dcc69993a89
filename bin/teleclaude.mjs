// Checks the Node.js version before anything else is imported: on older ones a native module crashes.
const [major, minor] = process.versions.node.split('.').map(Number)
if (!((major === 22 && minor >= 18) || major >= 24)) {
  process.stderr.write(
    `teleclaude needs Node.js 22.18 or newer (22 or 24 and later); this is ${process.versions.node} at ${process.execPath}.\n` +
      'Install a newer one (https://nodejs.org, or `nvm install 24`), then try again.\n',
  )
  process.exit(1)
}
const { enableCompileCache } = await import('node:module')
enableCompileCache()
const { existsSync } = await import('node:fs')
const source = new URL('../core/cli/main.ts', import.meta.url)
await import(existsSync(source) ? source.href : new URL('../dist/core/cli/main.js', import.meta.url).href)
