import { neutralise } from '../neutralise.ts'
import type { Printer } from '../streams.ts'

/** Names and their values, one per line; what is undefined, null or empty is left out. */
export function renderFacts(facts: Readonly<Record<string, unknown>>, { style }: Printer): string {
  const shown = Object.entries(facts).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  )
  const widest = Math.max(0, ...shown.map(([name]) => name.length))
  return shown
    .map(
      ([name, value]) => `${style('bold', neutralise(name).padEnd(widest))}  ${neutralise(inWords(value))}\n`,
    )
    .join('')
}

function inWords(value: unknown): string {
  if (Array.isArray(value) && value.every(item => typeof item !== 'object')) return value.join(', ') || '–'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
