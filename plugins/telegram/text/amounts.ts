const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long something took: "0.4 s", "12 s", "3 min 4 s", "2 h 5 min", "3 d 4 h". */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms / SECOND) * SECOND)
  if (ms < 9950) return `${(Math.max(0, ms) / SECOND).toFixed(1).replace('.0', '')} s`
  if (whole < MINUTE) return `${whole / SECOND} s`
  if (whole < HOUR) return two(whole, MINUTE, 'min', SECOND, 's')
  return whole < DAY ? two(whole, HOUR, 'h', MINUTE, 'min') : two(whole, DAY, 'd', HOUR, 'h')
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`
}

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** How large something is, in powers of 1000: "812 B", "1.2 MB". */
export function sizeText(bytes: number): string {
  let amount = bytes
  let unit = 0
  while (amount >= 999.5 && unit < SIZES.length - 1) {
    amount /= 1000
    unit++
  }
  const digits = unit > 0 && amount < 9.95 ? 1 : 0
  return `${amount.toFixed(digits).replace('.0', '')} ${SIZES[unit]}`
}
