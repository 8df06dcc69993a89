import type { Wanted } from './debian.ts'

export const tmuxProgram: Wanted = {
  name: 'tmux',
  variable: 'TMUX_PROGRAM',
  packages: ['tmux'],
  install: '`apt-get install tmux`, `brew install tmux`',
}
