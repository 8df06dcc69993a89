import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { type CliContext, messageOf, neutralise, systemClock, TeleclaudeError } from '../../../core/index.ts'
import { fileProblem } from '../problems.ts'
import { type End, endOf } from './ends.ts'
import { type Place, placeOf, within, writtenAs } from './place.ts'
import { createProgress } from './progress.ts'
import { transfer } from './transfer.ts'

const USAGE = 'cp [--json] <from> <to>'
const HELP = `Copy a file to or from another computer.

A place is a path of this computer, or <computer>:<path>, from the home folder there. What was there is replaced
once the whole file has come. A copy that was cut goes on where it was when it is asked for again.

Options:
  --json      print what was copied as JSON
  -h, --help  print this
`

/** `teleclaude cp ./a workstation:~/b`. */
export const cp = {
  async run(argv: readonly string[], io: CliContext): Promise<number> {
    const { values, positionals } = parse(argv, io)
    if (values.help) {
      io.stdout.write(`Usage: ${io.commandLine} ${USAGE}\n\n${HELP}`)
      return 0
    }
    const [from, to] = positionals.map(placeOf)
    if (!from || !to || positionals.length > 2) throw misuse(io, 'Say what to copy, and where to')
    const daemon = io.connect({ surface: 'cli' })
    const progress = createProgress(io.stderr, systemClock)
    try {
      const target = await targetOf(from, to, place => endOf(place, daemon))
      const file = await transfer({
        from: endOf(from, daemon),
        to: endOf(target, daemon),
        name: `${writtenAs(from)}\0${writtenAs(target)}`,
        clock: systemClock,
        signal: io.signal,
        onProgress: (done, all) => progress.show(done, all),
        onCut: error => progress.note(`cut: ${neutralise(messageOf(error))} It goes on by itself.`),
      })
      progress.end()
      io.stdout.write(report({ from, to: target, bytes: file.bytes }, values.json === true))
      return 0
    } catch (error) {
      progress.end()
      if (!io.signal.aborted) throw error
      io.stderr.write('Not finished. The same command goes on where it was.\n')
      return 130
    } finally {
      await daemon.close()
    }
  },
}

function parse(argv: readonly string[], io: CliContext) {
  try {
    return parseArgs({
      args: [...argv],
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
  } catch (error) {
    throw misuse(io, messageOf(error))
  }
}

function misuse({ commandLine }: CliContext, what: string): TeleclaudeError {
  return new TeleclaudeError('TC_ERR_INVALID_INPUT', `${what}. Usage: ${commandLine} ${USAGE}`)
}

/** Into a folder, under its own name. */
async function targetOf(from: Place, to: Place, open: (place: Place) => End): Promise<Place> {
  const source = await open(from).found()
  if (source.type === 'folder') {
    throw fileProblem(
      writtenAs(from),
      'it is a folder, and only files are copied. Pack it first: tar czf a.tgz …',
    )
  }
  const isFolder = (await open(to).found()).type === 'folder'
  if (to.isFolder && !isFolder) throw fileProblem(writtenAs(to), 'there is no such folder')
  const target = isFolder ? within(to, basename(from.path)) : to
  if (from.computer === target.computer && source.path === (await open(target).found()).path)
    throw fileProblem(writtenAs(from), `'${writtenAs(target)}' is the same file`)
  return target
}

function report({ from, to, bytes }: { from: Place; to: Place; bytes: number }, asJson: boolean): string {
  const copied = { from: writtenAs(from), to: writtenAs(to), bytes }
  if (asJson) return `${JSON.stringify(copied)}\n`
  // Names are shown as they are typed: one with a newline must not look like another line.
  return `${JSON.stringify(copied.from)} is at ${JSON.stringify(copied.to)}, ${bytes} bytes\n`
}
