import type { BackendUnderTest } from './describe-conformance.ts'

export const tmux: BackendUnderTest = { name: 'tmux', settings: { backend: 'tmux' } }
