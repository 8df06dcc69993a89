import { describeConformance } from './describe-conformance.ts'
import { pty } from './pty.ts'
import { bash } from './shells.ts'

describeConformance({ shell: bash, backend: pty })
