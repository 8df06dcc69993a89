import { hostname } from 'node:os'
import { z } from 'zod'

/** What a computer may be called. */
export const COMPUTER_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/

/** A field that names a computer. */
export const computerName = z
  .string()
  .regex(COMPUTER_NAME, 'a computer name is 1 to 32 of a-z, 0-9 and -, and does not begin with -')

/** The host's short name, made to fit a computer's name: `Ada's MacBook.local` becomes `ada-s-macbook`. */
export function defaultComputerName(host = hostname()): string {
  const [short = ''] = host.toLowerCase().split('.')
  const fitting = short
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 32)
    .replace(/-+$/, '')
  return fitting || 'computer'
}
