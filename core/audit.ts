import type { Logger } from 'pino'
import { type Principal, principalName } from './principal.ts'

/** One line of the audit log: who asked for what, and whether it was allowed. Never what was typed or printed. */
export interface AuditRecord {
  readonly principal: Principal
  readonly surface: string
  readonly requestId: string
  readonly operation: string
  readonly session: string | undefined
  readonly computer: string | undefined
  readonly allowed: boolean
}

export type Audit = (record: AuditRecord) => void

/** Writes audit records through a logger of their own. */
export function createAudit(log: Logger): Audit {
  return ({ principal, ...record }) => log.info({ ...record, principal: principalName(principal) }, 'asked')
}
