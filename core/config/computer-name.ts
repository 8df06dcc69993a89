import { hostname } from 'node:os'

/** What a computer may be called. */
export const COMPUTER_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/

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
