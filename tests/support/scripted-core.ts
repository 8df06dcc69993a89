import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AuditRecord } from '../../core/audit.ts'
import { createHookPoints } from '../../core/host/hook-points.ts'
import type { Hooks } from '../../core/host/hooks.ts'
import type { ServiceKey, Services } from '../../core/host/service.ts'
import type { SessionId } from '../../core/ids.ts'
import type { EntryDraft } from '../../core/journal/entry.ts'
import { JournalService } from '../../core/journal/journal.ts'
import { createJournal, type JournalStore } from '../../core/journal/sqlite-journal.ts'
import { createLogger } from '../../core/log.ts'
import { type Mesh, MeshService } from '../../core/mesh/mesh.ts'
import { createAlone } from '../../core/mesh/remote.ts'
import { coreOperations } from '../../core/operations/index.ts'
import type { InvokeOptions } from '../../core/operations/operation.ts'
import { createOperationBus } from '../../core/operations/operation-bus.ts'
import type { Principal } from '../../core/principal.ts'
import { createSessions, type SessionParts, type SessionsCore } from '../../core/sessions/create-sessions.ts'
import type { Session } from '../../core/sessions/session.ts'
import { SessionsService } from '../../core/sessions/sessions.ts'
import { type TerminalInput, type Terminals, TerminalsService } from '../../core/sessions/terminal.ts'
import { createRestartStore } from '../../core/store/restart-store.ts'
import { createSessionStore } from '../../core/store/session-store.ts'
import { openStore } from '../../core/store/store.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { tempDir } from './temp-dir.ts'

export const user: Principal = { kind: 'user', name: 'ada', scopes: '*' }

/** Core with everything real but the terminals: what they print is said by the test. */
export interface ScriptedCore {
  readonly clock: FakeClock
  readonly journal: JournalStore
  readonly core: SessionsCore
  readonly hooks: Hooks
  readonly audited: AuditRecord[]
  /** What was typed, in order. */
  readonly typed: TerminalInput[]
  /** Whether the shell is at its prompt now, as the next input finds it. */
  atPrompt: boolean
  /** Makes the terminals fail to start. */
  refuseStart: Error | null
  call<T = Record<string, unknown>>(
    name: string,
    input: unknown,
    options?: InvokeOptions & { principal?: Principal },
  ): Promise<T>
  start(title?: string): Promise<Session>
  /** Has the terminal print, or mark, something; settles when it is committed. */
  print(session: Session, ...entries: (string | EntryDraft)[]): Promise<void>
  exit(session: Session, exitCode: number): Promise<void>
  /** Closes it; also done when the test ends. */
  stop(): void
  /** As if the process was killed: what was not saved yet is not saved. */
  crash(): void
}

export const START: EntryDraft = { kind: 'mark', mark: { type: 'start' } }
export const PROMPT: EntryDraft = { kind: 'mark', mark: { type: 'prompt', cwd: '/' } }
export const end = (exitCode: number, durationMs = 5): EntryDraft => ({
  kind: 'mark',
  mark: { type: 'end', exitCode, durationMs, cwd: '/' },
})

/** What else a core is made of, where a test has more than one computer in mind. */
export interface ScriptedCoreOptions
  extends Partial<Pick<SessionParts, 'carrier' | 'adapterTypes' | 'restore' | 'rebooted'>> {
  readonly mesh?: Pick<Mesh, 'sessions'>
}

export function scriptedCore(dir = tempDir(), { mesh, ...parts }: ScriptedCoreOptions = {}): ScriptedCore {
  const clock = new FakeClock()
  const log = createLogger({ level: 'silent' })
  const store = openStore({ file: join(dir, 'test.db'), clock, log })
  const journal = createJournal({ store, clock, log })
  const hookPoints = createHookPoints({ clock, log })
  const audited: AuditRecord[] = []
  const provided = new Map<string, unknown>()
  const services: Services = {
    // Each key is set below with a service of its type.
    find: <T>(key: ServiceKey<T>) => provided.get(key.name) as T | undefined,
    get: <T>(key: ServiceKey<T>) => provided.get(key.name) as T,
  }
  const core = createSessions({
    computer: 'alpha',
    store: createSessionStore(store),
    restarts: createRestartStore(store),
    restore: 'none',
    rebooted: false,
    noteReboot() {},
    journal,
    hookPoints,
    services,
    clock,
    log,
    defaultCwd: '/',
    adapterTypes: () => [],
    sessionEnv: () => ({}),
    ...parts,
  })
  const scripted: ScriptedCore = {
    clock,
    journal,
    core,
    audited,
    hooks: hookPoints.forPlugin('test').hooks,
    typed: [],
    atPrompt: true,
    refuseStart: null,
    call: (name, input, { principal = user, ...options } = {}) =>
      bus.call(name, input, { principal, surface: 'test' }, options),
    start: (title = 'a title') => core.sessions.start({ title, originAdapter: 'test' }),
    async print(session, ...entries) {
      const drafts = entries.map(entry =>
        typeof entry === 'string' ? ({ kind: 'output', data: Buffer.from(entry) } as const) : entry,
      )
      await core.sink.append(session.id, drafts)
    },
    stop() {
      void core[Symbol.asyncDispose]()
      journal.close()
      store.close()
    },
    crash() {
      journal.close()
      store.close()
    },
    exit: (session, exitCode) => core.sink.exited(session.id, { exitCode, signal: null }),
  }
  const bus = createOperationBus({
    computer: 'alpha',
    clock,
    services,
    log,
    audit: record => audited.push(record),
    remote: createAlone('alpha'),
  })
  for (const operation of coreOperations) bus.add(operation)
  provided.set(SessionsService.name, core.sessions)
  provided.set(JournalService.name, journal)
  provided.set(TerminalsService.name, scriptedTerminals(scripted))
  provided.set(MeshService.name, mesh)
  onTestFinished(() => scripted.stop())
  return scripted
}

function scriptedTerminals(scripted: ScriptedCore): Terminals {
  return {
    async start({ session }) {
      if (scripted.refuseStart) throw scripted.refuseStart
      return { ...session.terminal, backend: 'scripted', pid: 1, ttyPath: '/dev/null' }
    },
    isAtPrompt: () => scripted.atPrompt,
    async write(_id: SessionId, input) {
      scripted.typed.push(input)
    },
    async resize() {},
    close: id => scripted.core.sink.exited(id, { exitCode: null, signal: 'SIGHUP' }),
    screen: async () => ({
      lines: ['$ '],
      cursor: { row: 0, col: 2 },
      cols: 80,
      rows: 24,
      title: '',
      alternate: false,
    }),
  }
}
