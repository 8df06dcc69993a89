import type { BackendUnderTest } from './describe-conformance.ts'

export const pty: BackendUnderTest = { name: 'pty', settings: {} }
