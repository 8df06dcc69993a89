import type { HostedPane } from '../host/protocol.ts'
import { tmuxOn } from './find-tmux.ts'

/** What a person types to work in a pane beside whoever else does. Another tmux than the server's may not be able to. */
export function attachCommand({ program, socket, pane }: HostedPane): string {
  const tmux = program === tmuxOn(process.env.PATH ?? '') ? 'tmux' : shellWord(program)
  return `${tmux} -S ${shellWord(socket)} attach -t '${pane}'`
}

/** A word as a shell reads it. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
