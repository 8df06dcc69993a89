import { createHmac, timingSafeEqual } from 'node:crypto'
import type { InlineKeyboardButton } from 'grammy/types'

/** A button that only we can have made. */
export interface Buttons {
  /** @param binding whom and what it is for, such as a session's id; pressing it elsewhere does nothing */
  make(text: string, action: string, binding: string): InlineKeyboardButton
  /** The action of a button that was pressed; null if it is not one of ours, or was made for something else. */
  read(data: string, binding: string): string | null
}

/** Of Telegram's 64 bytes the proof takes 22: 128 bits, in base64url. */
const PROOF_BYTES = 16
const MAX_ACTION_BYTES = 40

/** @param key 32 random bytes that stay the same, so that buttons work after a restart */
export function createButtons(key: Uint8Array): Buttons {
  const prove = (action: string, binding: string) =>
    createHmac('sha256', key)
      .update(`${binding.length}:${binding}:${action}`)
      .digest()
      .subarray(0, PROOF_BYTES)
  return {
    make(text, action, binding) {
      if (Buffer.byteLength(action) > MAX_ACTION_BYTES)
        throw new RangeError(`the action '${action}' is too long`)
      return { text, callback_data: `${prove(action, binding).toString('base64url')}${action}` }
    },
    read(data, binding) {
      const proof = Buffer.from(data.slice(0, 22), 'base64url')
      const action = data.slice(22)
      if (proof.length !== PROOF_BYTES) return null
      return timingSafeEqual(proof, prove(action, binding)) ? action : null
    },
  }
}
