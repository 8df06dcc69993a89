/** What a principal may do. Plugins may bring scopes of their own (`area:verb`). */
export const CORE_SCOPES = [
  'computers:read',
  'sessions:read',
  'sessions:start',
  'sessions:input',
  'sessions:close',
  'messages:send',
  'files:read',
  'files:write',
  'ports:connect',
  'daemon:admin',
] as const

/** How a scope is written. */
export const SCOPE = /^[a-z][a-z0-9-]{0,31}:[a-z][a-z0-9-]{0,31}$/

export type Scope = (typeof CORE_SCOPES)[number] | (string & {})

/** Who is asking. `scopes` is what they may do; `'*'` is everything. */
export type Principal = PrincipalIdentity & { readonly scopes: readonly Scope[] | '*' }

export type PrincipalIdentity =
  /** The person whose account runs the daemon, over the control socket. */
  | { readonly kind: 'user'; readonly name: string }
  /** A program inside a session, which showed that session's token. */
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'telegram'; readonly userId: number }
  /** Another computer. `caller` is whom it says that it asks for: shown to people, proves nothing. */
  | { readonly kind: 'peer'; readonly computer: string; readonly caller?: string | undefined }
  | { readonly kind: 'token'; readonly name: string }
  /** A plugin acting by itself. */
  | { readonly kind: 'plugin'; readonly name: string }

/** What another computer may call whoever it asks for; anything else is not repeated. */
const CALLER = /^[a-z]+:[\w.@-]{1,64}$/

/** As written in the audit log and in journals: `user:ada`, `session:k3f…`, `peer:macbook`, `peer:macbook/user:ada`. */
export function principalName(principal: PrincipalIdentity): string {
  switch (principal.kind) {
    case 'user':
    case 'token':
    case 'plugin':
      return `${principal.kind}:${principal.name}`
    case 'session':
      return `session:${principal.sessionId}`
    case 'telegram':
      return `telegram:${principal.userId}`
    case 'peer':
      return principal.caller !== undefined && CALLER.test(principal.caller)
        ? `peer:${principal.computer}/${principal.caller}`
        : `peer:${principal.computer}`
  }
}

export function hasScope(principal: Pick<Principal, 'scopes'>, scope: Scope): boolean {
  return principal.scopes === '*' || principal.scopes.includes(scope)
}
