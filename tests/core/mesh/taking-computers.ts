import { readHeader } from '../../../core/mesh/envelope.ts'
import { createRequestMesh, type RequestComputer } from './request-mesh.ts'

export const MIB = 2 ** 20

export function mesh() {
  const mesh = createRequestMesh()
  const macbook = mesh.add('macbook')
  const workstation = mesh.add('workstation', { serve: async () => 'done' })
  let position = 0
  const take = (bytes: Uint8Array | null) => workstation.intake.take({ position: `${++position}`, bytes })
  /** The faults that were counted. */
  const faults = () =>
    Object.fromEntries(Object.entries(workstation.intake.counts()).filter(([, count]) => count > 0))
  /** What the workstation has answered to the macbook. */
  const answers = () => mesh.carrier.letters('macbook').map(bytes => opened(macbook, workstation, bytes))
  return { mesh, macbook, workstation, take, faults, answers }
}

export type Parts = ReturnType<typeof mesh>

export function opened(
  receiver: RequestComputer,
  sender: RequestComputer,
  bytes: Uint8Array | null,
): unknown {
  const header = bytes && readHeader(bytes)
  const known = receiver.known.get(sender.name)
  return header && known && receiver.envelopes.open(bytes, header, { ...known, name: sender.name })
}
