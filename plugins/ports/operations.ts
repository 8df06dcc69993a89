import { bytesField, computerName, defineOperation, defineService, z } from '../../core/index.ts'
import type { FarConnections } from './far/far-connections.ts'
import { forwardPort } from './near/forward-port.ts'
import { PIECE_BYTES } from './piece.ts'

/** The service key of {@link FarConnections}; the plugin's own. */
export const PortsService = defineService<FarConnections>('ports')

const computer = computerName.optional().describe('The name of the computer; this one if left out.')
const port = z.int().min(1).max(65_535)
const stream = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .describe('Names the connection.')
const seq = z.int().min(1).describe('The number of the piece: 1, 2, 3 …')
const data = bytesField(PIECE_BYTES).describe('In base64, or bytes.')
const hidden = { mcp: false, cli: false } as const

export const portsCheck = defineOperation({
  name: 'ports.check',
  summary: "Says whether a port of a computer's loopback may be connected to.",
  input: z.strictObject({ computer, port }),
  output: z.strictObject({}),
  scope: 'ports:connect',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ port }, { services }) {
    services.get(PortsService).check(port)
    return {}
  },
})

export const portsOpen = defineOperation({
  name: 'ports.open',
  summary: "Connects to a port of a computer's loopback.",
  input: z.strictObject({ computer, port, stream }),
  output: z.strictObject({}),
  scope: 'ports:connect',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ port, stream }, { services, principal }) {
    await services.get(PortsService).open(principal, stream, port)
    return {}
  },
})

export const portsSend = defineOperation({
  name: 'ports.send',
  summary: 'Sends a piece to a connected port.',
  input: z.strictObject({ computer, stream, seq, data, end: z.boolean() }),
  output: z.strictObject({
    has_room: z.boolean().describe('False: wait on by sending the same piece again.'),
  }),
  scope: 'ports:connect',
  idempotent: true,
  at: 'owner',
  pieceOf: 'stream',
  ...hidden,
  async run({ stream, seq, data, end }, { services, principal }) {
    const connection = services.get(PortsService).get(principal, stream)
    return { has_room: await connection.send(seq, data, end) }
  },
})

export const portsReceive = defineOperation({
  name: 'ports.receive',
  summary: 'Receives a piece from a connected port, as soon as there is one.',
  input: z.strictObject({
    computer,
    stream,
    seq,
    through: z.int().min(0).describe('All pieces up to this one have come.'),
  }),
  output: z.strictObject({
    data,
    end: z.boolean().describe('Nothing comes behind it.'),
    is_late: z.boolean().describe('There was nothing for a while: ask again.'),
  }),
  scope: 'ports:connect',
  idempotent: true,
  at: 'owner',
  pieceOf: 'stream',
  ...hidden,
  async run({ stream, seq, through }, { services, principal }) {
    const piece = await services.get(PortsService).get(principal, stream).receive(seq, through)
    return { data: piece.data, end: piece.end, is_late: piece.isLate }
  },
})

export const portsClose = defineOperation({
  name: 'ports.close',
  summary: 'Closes a connection to a port.',
  input: z.strictObject({ computer, stream }),
  output: z.strictObject({}),
  scope: 'ports:connect',
  idempotent: true,
  at: 'owner',
  ...hidden,
  async run({ stream }, { services, principal }) {
    services.get(PortsService).close(principal, stream)
    return {}
  },
})

export const portsForward = defineOperation({
  name: 'ports.forward',
  summary: "Makes a port of another computer's loopback one of this computer's, until the caller goes.",
  input: z.strictObject({
    to: computerName.describe('The computer whose port it is.'),
    port,
    local_port: z.int().min(0).max(65_535).describe('The port here, on 127.0.0.1; 0 is any free one.'),
  }),
  output: z.strictObject({}),
  scope: 'ports:connect',
  idempotent: false,
  at: 'here',
  ...hidden,
  async run({ to, port, local_port }, call) {
    await forwardPort({ computer: to, port, localPort: local_port }, call)
    return {}
  },
})
