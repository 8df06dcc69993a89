import type { BotCommand, User } from '@grammyjs/types'
import type { BotAccount } from './accounts.ts'
import { commandScope } from './methods/bot-settings.ts'

/** A bot as its owner sees it. */
export class Bot {
  readonly account: BotAccount

  constructor(account: BotAccount) {
    this.account = account
  }

  get id(): number {
    return this.account.id
  }

  get token(): string {
    return this.account.token
  }

  get user(): User & { readonly username: string } {
    return this.account.user
  }

  /** Updates that it has not confirmed. */
  get pendingUpdates(): number {
    return this.account.updates.pending
  }

  /** True while a long poll of it waits. */
  get isPolling(): boolean {
    return this.account.updates.isPolled
  }

  /** What a person is offered where they type "/", for a scope such as `{ type: 'chat', chat_id }`. */
  commands(scope: object = { type: 'default' }): readonly BotCommand[] {
    return this.account.commands.get(commandScope(scope)) ?? []
  }

  /** As @BotFather does it: every call is answered 401 from now on. */
  revokeToken(): void {
    this.account.isTokenValid = false
  }

  /** The old token is good again. */
  restoreToken(): void {
    this.account.isTokenValid = true
  }

  setPrivacy(isPrivate: boolean): void {
    this.account.canReadAllGroupMessages = !isPrivate
  }
}
