import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { type CheckupContext, type Clock, type Finding, randomId } from '../../../core/index.ts'
import { MARK_NUMBER } from '../output/marks.ts'
import type { Program } from '../shell/program.ts'
import { type Trial, tryOut } from './trial.ts'

const name = 'rc files'
/** Whoever waits longer for a prompt notices it in every session. */
const SLOW_MS = 1500
/** More than most rc files take, and less than a checkup may. */
const START_MS = 6000
const FILE_MS = 3000
/** A start file may come with many snippets. */
const MOST_FILES = 12
const SHOWN_CHARS = 60
const UNGREETED = 'if set -q TELECLAUDE_SESSION_ID; set -g fish_greeting; end'

export interface RcLimits {
  readonly slowMs: number
  readonly startMs: number
  readonly fileMs: number
}

const LIMITS: RcLimits = { slowMs: SLOW_MS, startMs: START_MS, fileMs: FILE_MS }

/** Starts the shell as a session does, and says what in its rc files keeps it from marking its prompts, or delays them. */
export async function checkRcFiles(
  program: Program,
  { clock, commandLine }: Pick<CheckupContext, 'clock' | 'commandLine'>,
  limits: RcLimits = LIMITS,
): Promise<Finding> {
  const shell = basename(program.file)
  const trial = await tryOut(program, `\x1b]${MARK_NUMBER};${program.secret};`, limits.startMs, clock)
  const problem = problemOf(shell, trial, limits)
  if (problem === null) {
    return { name, state: 'ok', message: `${shell} marks its prompts after ${seconds(trial.ms)}` }
  }
  const files = rcFilesOf(shell, program.env)
  // All of them together were done in time: so is each, and then it is known how long it takes.
  const fileMs = trial.outcome === 'came' ? limits.startMs : limits.fileMs
  const found = await Promise.all(files.map(file => tryFile(file, program, clock, { ...limits, fileMs })))
  const guilty = found.flatMap(one => one ?? [])
  const state = trial.outcome === 'ended' ? 'fail' : 'warn'
  return {
    name,
    state,
    message: [problem, ...guilty.map(({ line }) => line)].join('\n'),
    fix: fixOf(shell, guilty, trial, commandLine),
  }
}

function problemOf(shell: string, trial: Trial, { slowMs, startMs }: RcLimits): string | null {
  const { outcome, ms, exit, instead } = trial
  if (outcome === 'ended') {
    const how = exit?.signal ? `ended by ${exit.signal}` : `ended with exit code ${exit?.exitCode}`
    return `${shell} ${how} before its first prompt, and so does every session`
  }
  if (outcome === 'silent') {
    const who = instead ? `; '${instead}' runs in its place` : ''
    return `${shell} did not mark a prompt within ${seconds(startMs)}${who}: the end of a command is then guessed from silence`
  }
  const notes = [
    ...(ms > slowMs ? [`takes ${seconds(ms)} to its first prompt, in every session`] : []),
    ...(shown(trial) ? [`prints before its first prompt: ${shown(trial)}`] : []),
  ]
  return notes.length > 0 ? `${shell} ${notes.join(', and ')}` : null
}

interface Guilty {
  readonly file: string
  readonly line: string
}

/** What one file does when it is read alone. */
async function tryFile(
  file: string,
  { file: shell, cwd, env }: Program,
  clock: Clock,
  { slowMs, fileMs }: RcLimits,
): Promise<Guilty | null> {
  const done = randomId(12)
  const args = readAlone(basename(shell), file, done)
  const alone = { file: shell, args, cwd, env: givenBack(basename(shell), env) }
  const trial = await tryOut(alone, done, fileMs, clock)
  const { outcome, ms, exit, instead } = trial
  const says = (what: string) => ({ file, line: `${file} ${what}` })
  if (outcome === 'silent' && instead) {
    const line = lineThatNames(file, instead)
    return {
      file,
      line: `${file}${line} probably starts '${instead}', and is not back from it after ${seconds(ms)}`,
    }
  }
  if (outcome === 'silent') return says(`takes more than ${seconds(ms)}, or replaces the shell`)
  if (outcome === 'ended')
    return says(`probably ends the shell (exit code ${exit?.exitCode ?? exit?.signal})`)
  const notes = [
    ...(ms > slowMs / 2 ? [`takes ${seconds(ms)}`] : []),
    ...(shown(trial) ? [`prints ${shown(trial)}`] : []),
  ]
  return notes.length > 0 ? says(notes.join(' and ')) : null
}

function readAlone(shell: string, file: string, done: string): readonly string[] {
  if (shell === 'fish') {
    return ['--no-config', '--interactive', '--command', 'source $argv[1]; printf %s $argv[2]', file, done]
  }
  const none = shell === 'zsh' ? ['-f'] : ['--norc', '--noprofile']
  return [...none, '-i', '-c', '. "$1"; printf %s "$2"', shell, file, done]
}

/** zsh has its own ZDOTDIR again before it reads a file of the user's, which may put others there. */
function givenBack(shell: string, env: Program['env']): Program['env'] {
  if (shell !== 'zsh') return env
  const { ZDOTDIR: _ours, TELECLAUDE_ZDOTDIR: own, ...others } = env
  return own === undefined ? others : { ...others, ZDOTDIR: own }
}

/** The files that a shell reads before its first prompt, and that are there. */
export function rcFilesOf(shell: string, env: Readonly<Record<string, string>>): readonly string[] {
  const home = env.HOME ?? '/'
  // What a login reads as well is not read here: a session is no login.
  const zsh = ['zshenv', 'zshrc']
  // A session's zsh gets it back from there.
  const zdotdir = env.TELECLAUDE_ZDOTDIR || home
  const fish = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'fish')
  const places: Readonly<Record<string, readonly string[]>> = {
    bash: ['/etc/bash.bashrc', join(home, '.bashrc')],
    zsh: zsh.flatMap(file => [`/etc/zsh/${file}`, `/etc/${file}`, join(zdotdir, `.${file}`)]),
    // The snippets last, as there may be many; fish reads them first.
    fish: ['/etc/fish/config.fish', join(fish, 'config.fish'), ...snippetsIn(join(fish, 'conf.d'))],
  }
  return (places[shell] ?? []).filter(place => existsSync(place)).slice(0, MOST_FILES)
}

function snippetsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter(name => name.endsWith('.fish'))
  return names.sort().map(name => join(folder, name))
}

/** `:12` where that line names the program. */
function lineThatNames(file: string, program: string): string {
  const lines = readFileSync(file, 'utf8').split('\n')
  const at = lines.findIndex(line => !line.trimStart().startsWith('#') && line.includes(program))
  return at < 0 ? '' : `:${at + 1}`
}

function fixOf(shell: string, [first]: readonly Guilty[], trial: Trial, commandLine: string): string {
  const guard =
    shell === 'fish'
      ? 'if not set -q TELECLAUDE_SESSION_ID; …; end'
      : 'if [ -z "$TELECLAUDE_SESSION_ID" ]; then …; fi'
  if (first) return `In ${first.file}, put that behind: ${guard}`
  // No file does it: fish greets by itself.
  if (shell === 'fish' && trial.outcome === 'came' && shown(trial) !== '')
    return `In ~/.config/fish/config.fish: ${UNGREETED}`
  return `None of its files does that alone. Look at it: ${commandLine} session start --title try --shell ${shell}, then ${commandLine} session attach <id>`
}

/** As much of what was printed as shows where it comes from. */
function shown({ printed }: Trial): string {
  const text = stripVTControlCharacters(printed).replace(/\s+/g, ' ').trim()
  if (text === '') return ''
  return `'${text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text}'`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
