import type { AdapterClient } from '../../core/adapters/adapter.ts'
import { createHookPoints } from '../../core/host/hook-points.ts'
import type { HostParts } from '../../core/host/host.ts'
import type { OperationBus } from '../../core/operations/bus.ts'
import type { AnyOperation } from '../../core/operations/operation.ts'
import { FakeClock } from '../../core/testing/fake-clock.ts'
import { capturedLog } from './captured-log.ts'
import { openJournal } from './open-journal.ts'
import { tempDir } from './temp-dir.ts'

/** What a host needs, with a clock that the test drives, and lists in place of the adapter client and the bus. */
export function hostParts() {
  const clock = new FakeClock()
  const captured = capturedLog()
  const adapters = new Set<string>()
  const operations: AnyOperation[] = []
  const parts: HostParts = {
    computer: 'alpha',
    stateDir: tempDir(),
    clock,
    log: captured.log,
    hookPoints: createHookPoints({ clock, log: captured.log }),
    client: adapterList(adapters),
    bus: operationList(operations),
    store: openJournal({ clock }).store,
    coreServices: [],
  }
  return { parts, clock, records: captured.records, adapters, operations }
}

function adapterList(adapters: Set<string>): AdapterClient {
  const unused = () => {
    throw new Error('not part of this test')
  }
  return {
    register({ type }) {
      adapters.add(type)
      return { [Symbol.dispose]: () => void adapters.delete(type) }
    },
    get types() {
      return [...adapters]
    },
    createChannel: unused,
    sendMessage: unused,
    streamMessages: unused,
    getMessages: unused,
    status: () => [],
  }
}

function operationList(operations: AnyOperation[]): OperationBus {
  return {
    add: operation => void operations.push(operation),
    list: () => operations,
    get: name => operations.find(operation => operation.name === name),
    call: () => Promise.reject(new Error('not part of this test')),
    serve: () => Promise.reject(new Error('not part of this test')),
    noteRefused: () => undefined,
  }
}
