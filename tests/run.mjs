/**
 * The whole check in one command: lint and format, types, and every test, side by side. Its last line is always
 * `N passed, N failed`, plain, whatever else happens; lint and types count as one each, and print what they
 * found when they are done. Plain JavaScript, so that it starts on any Node.js and can say what is wrong with an old one.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countTests } from './support/count-tests.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tc-run-'))
const report = join(folder, 'report.json')

const results = await Promise.all([
  check('lint and format', 'biome', ['check', '--error-on-warnings', '.']),
  check('types', 'tsc', ['-p', '.']),
  runTests(process.argv.slice(2)),
])
rmSync(folder, { recursive: true, force: true })
for (const name of results.flatMap(result => result.skipped ?? []))
  process.stdout.write(`not run here: ${name}\n`)
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

async function check(what, command, args) {
  const { code, printed } = await run(command, args, ['ignore', 'pipe', 'pipe'])
  process.stdout.write(`${printed}${what}: ${code === 0 ? 'ok' : 'failed'}\n\n`)
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function runTests(args) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`]
  const { code, printed } = await run('vitest', ['run', ...reporters, ...args], 'inherit')
  process.stdout.write(printed)
  return countTests(code, readReport())
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return null // vitest ended before it could write one
  }
}

/** Runs a program of node_modules/.bin under the pinned Node.js; settles with its exit code, or null if it was killed. */
function run(command, args, stdio) {
  const bin = join(root, 'node_modules', '.bin')
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  return new Promise(resolve => {
    const child = spawn(join(bin, command), args, { cwd: root, env, stdio })
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', text => {
        printed += text
      })
    child.on('error', error => {
      resolve({ code: 1, printed: `cannot run ${command}: ${error.message}. Run \`npm ci\` first.\n` })
    })
    child.on('close', code => resolve({ code, printed }))
  })
}
