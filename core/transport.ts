import { defineService } from './host/service.ts'
import type { InvokeOptions } from './operations/operation.ts'
import type { Principal } from './principal.ts'

/** An operation on its way to the computer that it belongs to. */
export interface RemoteRequest {
  readonly requestId: string
  readonly operation: string
  readonly input: unknown
  readonly principal: Principal
  readonly surface: string
}

/** Carries operations to other computers. Provided by a plugin; without one everything local works. */
export interface Transport {
  /** @throws TC_ERR_COMPUTER_UNKNOWN, TC_ERR_COMPUTER_OFFLINE, TC_ERR_TIMEOUT, and whatever the operation throws there. */
  request(computer: string, request: RemoteRequest, options: InvokeOptions): Promise<unknown>
}

/** The service key of {@link Transport}. */
export const TransportService = defineService<Transport>('transport')
