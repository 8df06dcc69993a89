import { describeConformance } from './describe-conformance.ts'
import { pty } from './pty.ts'
import { fish } from './shells.ts'

describeConformance({ shell: fish, backend: pty })
