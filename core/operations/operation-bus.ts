import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Audit, AuditRecord } from '../audit.ts'
import type { Clock } from '../clock.ts'
import { asTeleclaudeError, TeleclaudeError } from '../errors.ts'
import type { Services } from '../host/service.ts'
import { ANY_ID, randomId } from '../ids.ts'
import type { Remote } from '../mesh/remote.ts'
import { hasScope, type Principal, principalName, type Scope } from '../principal.ts'
import { SessionsService } from '../sessions/sessions.ts'
import { createOnceAudit, createSparingAudit } from '../sparing-audit.ts'
import type { Caller, OperationBus } from './bus.ts'
import type { AnyOperation, InvokeOptions, OperationCall } from './operation.ts'

export interface BusDependencies {
  /** The name of this computer. */
  readonly computer: string
  readonly clock: Clock
  readonly services: Services
  readonly audit: Audit
  readonly log: Logger
  readonly remote: Remote
}

/** The fields by which an input says where it belongs. */
interface Addressed {
  readonly session_id?: unknown
  readonly computer?: unknown
}

const NEVER = new AbortController().signal

export function createOperationBus(dependencies: BusDependencies): OperationBus {
  const { computer: self, audit, clock, remote } = dependencies
  const table = new Map<string, AnyOperation>()
  const auditRefused = createSparingAudit(audit, clock)
  const auditOnce = createOnceAudit(audit, clock)

  /** @throws TC_ERR_UNKNOWN_OPERATION, which is written down */
  const offered = (name: string, input: unknown, caller: Required<Caller>): AnyOperation => {
    const operation = table.get(name)
    if (operation) return operation
    noteRefused(name, input, caller)
    throw unknownOperation(name)
  }
  const noteRefused: OperationBus['noteRefused'] = (name, input, caller) =>
    auditRefused(recordOf(String(name), input, caller, false))

  /** Writes down that somebody asks, and whether that is allowed. @throws `problem` */
  const admit = (
    operation: AnyOperation,
    input: unknown,
    caller: Required<Caller>,
    problem: TeleclaudeError | null,
  ): void => {
    const record = recordOf(operation.name, input, caller, problem === null)
    const what = problem ? null : partOf(operation, input, caller)
    if (what === null) audit(record)
    else auditOnce(record, what)
    if (problem) throw problem
  }

  const call = async <T>(
    name: string,
    input: unknown,
    caller: Caller,
    options: InvokeOptions = {},
  ): Promise<T> => {
    const request = { ...caller, requestId: caller.requestId ?? randomId(16) }
    const operation = offered(name, input, request)
    admit(operation, input, request, whyForbidden(operation, request))
    // The output type is what the operation's schema says; the caller names it.
    return (await perform(operation, input, request, options)) as T
  }

  const perform = async (
    operation: AnyOperation,
    rawInput: unknown,
    caller: Required<Caller>,
    options: InvokeOptions,
    alsoNeeds: readonly Scope[] = [],
  ): Promise<unknown> => {
    const input = parseInput(operation, rawInput)
    return await guarded(operation, async () => {
      const target = targetOf(operation, input, dependencies)
      const computer = typeof target === 'string' ? target : await target
      if (computer === self) return await operation.run(input, callOf(operation, caller, options))
      return await remote.request(computer, { ...caller, operation, input, alsoNeeds }, options)
    })
  }

  const guarded = async <T>(operation: AnyOperation, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      const error = asTeleclaudeError(thrown)
      if (error.code === 'TC_ERR_INTERNAL')
        dependencies.log.error({ err: thrown, operation: operation.name }, 'an operation failed')
      throw error
    }
  }

  const callOf = (
    { alsoNeeds }: AnyOperation,
    caller: Required<Caller>,
    { signal = NEVER, onItem }: InvokeOptions,
  ): OperationCall => ({
    ...caller,
    clock: dependencies.clock,
    services: dependencies.services,
    signal,
    wantsItems: onItem !== undefined,
    emit: async item => onItem?.(item),
    invoke: async <T>(name: string, input: unknown, options: InvokeOptions = {}) => {
      const operation = table.get(name)
      if (!operation) throw unknownOperation(name)
      const problem = whyForbidden(operation, caller)
      if (problem) throw problem
      return (await perform(operation, input, caller, { signal, ...options }, alsoNeeds)) as T
    },
  })

  const serve: OperationBus['serve'] = async (name, rawInput, caller, { alsoNeeds = [], ...options }) => {
    const operation = offered(name, rawInput, caller)
    const { computer = self } = addressOf(rawInput)
    const isForOthers = operation.at === 'owner' && computer === self
    const problem = whyForbidden(operation, caller, alsoNeeds)
    admit(operation, rawInput, caller, problem ?? (isForOthers ? null : notForOthers(operation, self)))
    const input = parseInput(operation, rawInput)
    return await guarded(operation, () => operation.run(input, callOf(operation, caller, options)))
  }

  return {
    add(operation) {
      if (table.has(operation.name)) {
        throw new TeleclaudeError(
          'TC_ERR_INVALID_INPUT',
          `operation '${operation.name}' is there already. Give yours another name.`,
        )
      }
      table.set(operation.name, operation)
    },
    list: () => [...table.values()],
    get: name => table.get(name),
    call,
    serve,
    noteRefused,
  }
}

/** What a call is one of many for, of which the audit log has one line; null where it is to have its own. */
function partOf({ pieceOf, scope }: AnyOperation, input: unknown, { principal }: Caller): string | null {
  // An input that was not parsed yet may be anything.
  const given = pieceOf && (input as Record<string, unknown> | null)?.[pieceOf]
  if (typeof given === 'string') return given
  return isPlugin(principal) && scope.endsWith(':read') ? '' : null
}

/** A plugin reads sessions again and again to show them, which nobody has asked for. */
function isPlugin(principal: Principal): boolean {
  const asker = principal.kind === 'peer' ? (principal.caller ?? '') : principalName(principal)
  return asker.startsWith('plugin:')
}

function recordOf(
  operation: string,
  input: unknown,
  caller: Required<Caller>,
  allowed: boolean,
): AuditRecord {
  const { session_id, computer } = addressOf(input)
  return { ...caller, operation, session: nameIn(session_id), computer: nameIn(computer), allowed }
}

/** An input that was not parsed yet may be anything. */
function addressOf(input: unknown): Addressed {
  return typeof input === 'object' && input !== null ? input : {}
}

/** @param besides scopes that are needed for what the caller composes of the operation */
function whyForbidden(
  { name, scope, alsoNeeds = [] }: AnyOperation,
  { principal }: Caller,
  besides: readonly Scope[] = [],
): TeleclaudeError | null {
  const missing = [scope, ...alsoNeeds, ...besides].find(needed => !hasScope(principal, needed))
  if (missing === undefined) return null
  return new TeleclaudeError(
    'TC_ERR_FORBIDDEN',
    `${name} needs the scope '${missing}', which this ${principal.kind} does not have.`,
  )
}

/** Only what looks like a name goes into the audit log. */
function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && ANY_ID.test(value) ? value : undefined
}

function parseInput(operation: AnyOperation, input: unknown): Record<string, unknown> {
  const parsed = operation.input.safeParse(input ?? {})
  if (parsed.success) return parsed.data as Record<string, unknown>
  throw new TeleclaudeError('TC_ERR_INVALID_INPUT', `${operation.name}: ${describeProblems(parsed.error)}`)
}

/** One line with every problem of an input and its path. */
export function describeProblems(error: z.ZodError): string {
  return error.issues
    .map(issue => (issue.path.length ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ')
}

/** The computer whose daemon is to run the operation; a session that nobody knows is this one's to report. */
function targetOf(
  operation: AnyOperation,
  input: Addressed,
  { computer, services, remote }: BusDependencies,
): string | Promise<string> {
  if (operation.at === 'here') return computer
  if (typeof input.computer === 'string') return input.computer
  const id = input.session_id
  if (typeof id !== 'string' || services.find(SessionsService)?.find(id)) return computer
  const found = remote.locate(id)
  return found instanceof Promise ? found.then(there => there ?? computer) : (found ?? computer)
}

function unknownOperation(name: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_UNKNOWN_OPERATION',
    `no operation '${String(name).slice(0, 60)}' is offered here. Is the plugin that brings it in the configuration?`,
  )
}

function notForOthers({ name }: AnyOperation, self: string): TeleclaudeError {
  return new TeleclaudeError(
    'TC_ERR_FORBIDDEN',
    `${name} is not done by '${self}' for other computers: only what concerns its own sessions and projects is.`,
  )
}
