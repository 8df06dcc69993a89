import { describeConformance } from '../../plugins/terminal/conformance/describe-conformance.ts'
import { fish } from '../../plugins/terminal/conformance/shells.ts'
import { tmux } from '../../plugins/terminal/conformance/tmux.ts'

describeConformance({ shell: fish, backend: tmux })
