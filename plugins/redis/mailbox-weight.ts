/** How much this computer has written to one mailbox lately. */
export interface MailboxWeight {
  /** Says from which id on the mailbox is to be kept, if it has become too heavy. */
  wrote(id: string, bytes: number): string | null
}

/** As much as one writer may leave in a mailbox. */
const MAX_BYTES = 8 * 1024 * 1024
/** What is left is less, so that not every message that follows makes it too heavy again. */
const LIGHT_BYTES = 6 * 1024 * 1024

/** @param maxLength more messages than this a mailbox does not hold, so that older ones weigh nothing */
export function createMailboxWeight(maxLength: number): MailboxWeight {
  const messages: { readonly id: string; readonly bytes: number }[] = []
  let total = 0
  const forgetOldest = () => {
    total -= messages.shift()?.bytes ?? 0
  }
  return {
    wrote(id, bytes) {
      messages.push({ id, bytes })
      total += bytes
      if (messages.length > maxLength) forgetOldest()
      if (total <= MAX_BYTES) return null
      while (messages.length > 1 && total > LIGHT_BYTES) forgetOldest()
      return messages[0]?.id ?? null
    },
  }
}
