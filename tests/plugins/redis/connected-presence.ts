import { FakeClock } from '../../../core/testing/fake-clock.ts'
import { createPresence } from '../../../plugins/redis/presence.ts'
import { connectedLink } from './connected-link.ts'

export const clock = new FakeClock()

/** The presence of the computer `alpha` as the plugin makes it, connected. Disposing closes it. */
export async function presenceOn(options: Parameters<typeof connectedLink>[0]) {
  const connected = await connectedLink(options)
  await connected.up()
  const presence = createPresence({ ...connected, clock })
  return { presence, ...connected }
}

export const beat = (text: string) => new Uint8Array(Buffer.from(text))
export const text = (bytes: Uint8Array | null) => (bytes ? Buffer.from(bytes).toString() : null)
