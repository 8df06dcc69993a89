import { describeConformance } from './describe-conformance.ts'
import { zsh } from './shells.ts'
import { tmux } from './tmux.ts'

describeConformance({ shell: zsh, backend: tmux })
