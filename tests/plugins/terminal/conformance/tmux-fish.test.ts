import { describeConformance } from './describe-conformance.ts'
import { fish } from './shells.ts'
import { tmux } from './tmux.ts'

describeConformance({ shell: fish, backend: tmux })
