/** What one check found, and what to type about it. */
export interface Finding {
  readonly name: string
  /** `warn` deserves a look; `fail` keeps the program from working. */
  readonly state: 'ok' | 'warn' | 'fail'
  readonly message: string
  readonly fix?: string
}

/** Null where there is nothing to look at. */
export type Look = Promise<Omit<Finding, 'name'> | null>

export const ok = (message: string) => ({ state: 'ok' as const, message })

export const warn = (message: string, fix?: string) => ({
  state: 'warn' as const,
  message,
  ...(fix && { fix }),
})

export const fail = (message: string, fix?: string) => ({
  state: 'fail' as const,
  message,
  ...(fix && { fix }),
})
