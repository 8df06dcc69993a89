import { describeConformance } from './describe-conformance.ts'
import { bash } from './shells.ts'
import { tmux } from './tmux.ts'

describeConformance({ shell: bash, backend: tmux })
