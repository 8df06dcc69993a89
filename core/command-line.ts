/** Whether this runs from TypeScript sources, that is from a checkout. */
export const isCheckout: boolean = import.meta.url.endsWith('.ts')

/** How a person types this program. */
export const commandLine: string = isCheckout ? 'npx teleclaude' : 'teleclaude'
