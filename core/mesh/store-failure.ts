import { isTeleclaudeError, type TeleclaudeError } from '../errors.ts'

const CODES = ['TC_ERR_DISK_FULL', 'TC_ERR_STORE', 'TC_ERR_STORE_CORRUPT'] as const

/** What was to be written down could not be, so that nothing came of it. */
export function isStoreFailure(error: unknown): error is TeleclaudeError {
  return CODES.some(code => isTeleclaudeError(error, code))
}

/** Of that which may be over in an instant, such as a lock; a full disk is not. */
export function isPassing(error: unknown): boolean {
  return isTeleclaudeError(error, 'TC_ERR_STORE')
}
