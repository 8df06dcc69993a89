import type { HostedPane } from '../host/protocol.ts'

/** What a person types to work in a pane beside whoever else does. */
export function attachCommand({ socket, pane }: HostedPane): string {
  return `tmux -S ${shellWord(socket)} attach -t '${pane}'`
}

/** A word as a shell reads it. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
