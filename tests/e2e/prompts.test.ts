import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestDaemon } from '../support/daemon.ts'

const COLOURS = String.raw`PS1='\[\e[1;32m\]\u@\h\[\e[0m\] \[\e[34m\]\w\[\e[0m\]\n\[\e]0;\w\a\]\$ '`
const OSC_133 = String.raw`
PS0='\[\e]133;C\a\]'
PS1='\[\e]133;A\a\]\w \$ \[\e]133;B\a\]'
PROMPT_COMMAND='printf "\e]133;D;%s\a" "$?"'`
const DEBUG_TRAP = String.raw`trap 'printf "\e]0;%s\a" "\${BASH_COMMAND//[^a-z ]/}"' DEBUG`

/** What people have in their ~/.bashrc. */
const RC_FILES = {
  'nothing at all': '',
  'a prompt of two lines with colours and a title': COLOURS,
  'PROMPT_COMMAND as a string': `PS1='$ '\nPROMPT_COMMAND='history -a; true'`,
  'PROMPT_COMMAND that ends with ;': `PS1='$ '\nPROMPT_COMMAND='true;'`,
  'PROMPT_COMMAND as an array': `PS1='$ '\nPROMPT_COMMAND=('false' 'printf "from the array\\n"')`,
  'PROMPT_COMMAND that makes PS1 anew each time': `PROMPT_COMMAND='PS1="$? \\w\\n$ "'`,
  'PROMPT_COMMAND that prints and is slow': `PS1='$ '\nPROMPT_COMMAND='printf "slow\\n"; sleep 0.03'`,
  'a PS1 that runs programs': `PS1='$(printf "branch %s" main)\\n$(date +%s) $ '`,
  'a DEBUG trap': `PS1='$ '\n${DEBUG_TRAP}`,
  'a DEBUG trap that prints, and PS1 made anew': `trap 'printf ""' DEBUG\nPROMPT_COMMAND='PS1="\\w $ "'`,
  'OSC 133 marks of its own': OSC_133,
  'an ERR and an EXIT trap': `PS1='$ '\ntrap 'true' ERR\ntrap 'true' EXIT`,
  'strict options': `PS1='$ '\nset -u\nset -o noclobber\nset -o pipefail\nshopt -s nullglob failglob`,
  'vi keys': `PS1='$ '\nset -o vi`,
  'everything exported': `PS1='$ '\nset -a`,
  'something that is printed, and fails': `PS1='$ '\necho welcome\nfalse`,
  'a return in the middle': `PS1='$ '\nreturn 3\nexit 1`,
  'functions with the names of programs': `PS1='$ '\nprintf() { echo mine; }\necho() { builtin echo "$@"; }`,
  'all of it': `${COLOURS}\n${OSC_133}\n${DEBUG_TRAP}\nPROMPT_COMMAND=("$PROMPT_COMMAND" 'history -a')`,
}

const daemon = TestDaemon.forFile()

async function sessionWith(bashrc: string): Promise<string> {
  const home = join(daemon.home, Math.random().toString(36).slice(2))
  mkdirSync(home)
  writeFileSync(join(home, '.bashrc'), bashrc)
  return daemon.session({ cwd: home, env: { HOME: home } })
}

describe("with a user's own ~/.bashrc that holds", () => {
  test.each(Object.entries(RC_FILES))('%s: every command has its own exact end', async (_what, bashrc) => {
    const id = await sessionWith(bashrc)
    for (const [line, output, exitCode] of [
      ['echo hi', 'hi\n', 0],
      ['false', '', 1],
      ['no-such-command', 'bash: no-such-command: command not found\n', 127],
      ['sh -c "exit 137"', '', 137],
      ['cat <<END\na\nEND\necho b\n(exit 3)', 'a\nb\n', 3],
      ['/bin/echo -n abc', 'abc', 0],
      ['cd /tmp', '', 0],
      ['pwd', '/tmp\n', 0],
    ] as const) {
      const sent = await daemon.send(id, line, { wait_ms: 5000 })
      expect(sent, line).toMatchObject({ exit_code: exitCode, completed_by: 'mark', output })
    }
    expect((await daemon.get(id)).terminal.cwd).toBe('/tmp')
  })
})

describe('what is changed at the prompt', () => {
  test.each([
    ['PS1', `PS1='% '`],
    ['PS0', `PS0='starts '`],
    ['PROMPT_COMMAND', `PROMPT_COMMAND='true'`],
    ['PROMPT_COMMAND, taken away', 'unset PROMPT_COMMAND'],
    ['a DEBUG trap', `trap 'true' DEBUG`],
    ['the rc file, read once more', '. ~/.bashrc'],
    ['set -x', 'set -x 2>/dev/null'],
  ])('%s: the commands after it end exactly', async (_what, line) => {
    const id = await sessionWith(COLOURS)
    await daemon.send(id, line)
    for (const exitCode of [0, 1, 42]) {
      const sent = await daemon.send(id, `/bin/sh -c 'echo out; exit ${exitCode}'`, { wait_ms: 5000 })
      expect(sent).toMatchObject({ exit_code: exitCode, completed_by: 'mark' })
      expect(sent.output).toMatch(/(^|\n)(starts )?out\n$/)
    }
  })
})
