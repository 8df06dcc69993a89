import { describeConformance } from './describe-conformance.ts'
import { pty } from './pty.ts'
import { zsh } from './shells.ts'

describeConformance({ shell: zsh, backend: pty })
