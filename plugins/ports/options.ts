import { z } from '../../core/index.ts'

const MAX_PORT = 65_535
const port = z.int().min(1).max(MAX_PORT)
const range = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, "a range is written '8000-8999'")
  .refine(text => {
    const [from = 0, to = 0] = text.split('-').map(Number)
    return from >= 1 && from <= to && to <= MAX_PORT
  }, `a range goes up, from 1 to ${MAX_PORT} at most`)

/** The options of the ports plugin. */
export const portsOptions = z.strictObject({
  allow: z
    .array(z.union([port, range]))
    .default(['1024-65535'])
    .describe(
      "The ports of this computer's loopback that others may reach: numbers, and ranges like '8000-8999'.",
    ),
  maxConnections: z
    .int()
    .min(1)
    .max(1000)
    .default(64)
    .describe('How many connections others may have to ports of this computer at once.'),
})

export type PortsOptions = z.output<typeof portsOptions>

export function isAllowed(port: number, allow: PortsOptions['allow']): boolean {
  return allow.some(entry => {
    if (typeof entry === 'number') return entry === port
    const [from = 0, to = 0] = entry.split('-').map(Number)
    return port >= from && port <= to
  })
}
