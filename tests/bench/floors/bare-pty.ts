import { type IPty, spawn } from 'node-pty'

/** A bash in node-pty with nothing around it. */
export async function openBareBash() {
  const pty = spawn('bash', ['--norc', '--noprofile'], { env: { PATH: process.env.PATH, PS1: PROMPT } })
  await printed(pty, PROMPT)
  return {
    pid: pty.pid,
    /** From typing a command until its output and the next prompt are there. */
    async command(line: string) {
      const done = printed(pty, PROMPT)
      pty.write(`${line}\r`)
      await done
    },
    [Symbol.dispose]: () => pty.kill(),
  }
}

const PROMPT = '<ready>'

function printed(pty: IPty, text: string): Promise<void> {
  return new Promise(resolve => {
    let seen = ''
    const listening = pty.onData(data => {
      seen += data
      if (!seen.includes(text)) return
      listening.dispose()
      resolve()
    })
  })
}

/** Runs a program in a bare node-pty until it has printed so many bytes. */
export async function countOutput(file: string, args: string[], bytes: number): Promise<void> {
  const pty = spawn(file, args, { env: { PATH: process.env.PATH } })
  await new Promise<void>(resolve => {
    let seen = 0
    // Plain text, so a character is a byte.
    pty.onData(data => {
      seen += data.length
      if (seen >= bytes) resolve()
    })
  })
  pty.kill()
}

/** Runs a program in a bare node-pty to its end. */
export async function runInPty(
  file: string,
  args: readonly string[],
  onText: (text: string) => void,
): Promise<void> {
  const pty = spawn(file, [...args], { env: { PATH: process.env.PATH } })
  pty.onData(onText)
  await new Promise<void>(resolve => void pty.onExit(() => resolve()))
}
