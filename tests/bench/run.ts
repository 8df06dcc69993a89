import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { jsonOf, type RowResult, tableOf } from './report.ts'
import { isMet } from './row.ts'
import { rows } from './rows/index.ts'

/** `run.ts [row …]`: exits with 1 if a target was missed, with 2 for a row that there is not. */
const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !rows.some(row => row.name === name))
if (unknown.length > 0) {
  process.stderr.write(`no row '${unknown.join("', '")}'. The rows are:\n`)
  for (const { name, summary } of rows) process.stderr.write(`  ${name.padEnd(15)} ${summary}\n`)
  process.exit(2)
}

const results: RowResult[] = []
for (const row of rows) {
  if (wanted.length > 0 ? !wanted.includes(row.name) : row.onlyOnRequest) continue
  process.stderr.write(`${row.name}: ${row.summary} …\n`)
  results.push({ row, figures: await row.run() })
}
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem() }
process.stdout.write(`${tableOf(results)}\n`)
writeFileSync('bench-results.json', jsonOf(results, machine))
const isMissed = results.some(({ figures }) => figures.some(figure => isMet(figure) === false))
process.exit(isMissed ? 1 : 0)
