import type { Clock } from '../../../core/clock.ts'
import type { BotOptions } from './accounts.ts'
import type { ServedMethod } from './api-shapes.ts'
import { Bot } from './bot.ts'
import { BotApi } from './bot-api.ts'
import type { Group } from './chat.ts'
import { Counts } from './counts.ts'
import { Faults } from './faults.ts'
import { HttpListener } from './http-listener.ts'
import { ADMIN_RIGHTS, type AdminRight, type MemberStatus } from './members.ts'
import { changeMembership } from './membership.ts'
import { upgrade } from './migration.ts'
import { Person } from './person.ts'
import { RateLimiter } from './rate-limiter.ts'
import { type RateLimits, type ServerOptions, settingsOf } from './settings.ts'
import { shapeCheck } from './shape-check.ts'
import { World } from './world.ts'

export interface PersonOptions {
  readonly firstName: string
  readonly username?: string
}

export interface NewGroup {
  readonly title: string
  /** Default: a person of its own. */
  readonly owner?: Person
}

/** A list of rights, or all of them. Without it: an ordinary member. */
export type JoinOptions = { readonly admin?: true | readonly AdminRight[] }

/**
 * A Telegram of its own on loopback: a Bot API server, and what people do and see. Closing it fails if anything was
 * against the Bot API.
 *
 * @example
 * await using telegram = await TelegramServer.start({ clock })
 * const bot = telegram.addBot({ username: 'helper_bot' })
 * const forum = telegram.createForum({ title: 'Sessions' })
 * telegram.join(forum, bot, { admin: true })
 */
export class TelegramServer implements AsyncDisposable {
  readonly faults = new Faults()
  readonly counts = new Counts()
  readonly #world: World
  readonly #limiter: RateLimiter
  readonly #api: BotApi
  readonly #http: HttpListener

  private constructor(world: World) {
    this.#world = world
    const { faults, counts } = this
    this.#limiter = new RateLimiter(world.settings.clock, world.settings.limits)
    this.#api = new BotApi({ world, faults, counts, limiter: this.#limiter })
    this.#http = new HttpListener((request, gone) => this.#api.answer(request, gone), counts)
  }

  static async start(options: ServerOptions = {}): Promise<TelegramServer> {
    const server = new TelegramServer(new World(settingsOf(options), shapeCheck()))
    await server.resume()
    return server
  }

  /** For grammY's `apiRoot`. */
  get apiRoot(): string {
    return `http://127.0.0.1:${this.#http.port}`
  }

  get clock(): Clock {
    return this.#world.settings.clock
  }

  /** Resolves when something is different in any chat. */
  get changed(): Promise<void> {
    return this.#world.changes.next
  }

  addBot(options: BotOptions): Bot {
    return new Bot(this.#world.addBot(options))
  }

  addUser({ firstName, username }: PersonOptions): Person {
    return new Person(this.#world, this.#world.addPerson(firstName, username))
  }

  /** A supergroup with topics. */
  createForum(options: NewGroup): Group {
    return this.#createGroup(options, 'supergroup', true)
  }

  createSupergroup(options: NewGroup): Group {
    return this.#createGroup(options, 'supergroup', false)
  }

  /** A plain group, which can become a supergroup. */
  createGroup(options: NewGroup): Group {
    return this.#createGroup(options, 'group', false)
  }

  /** Adds somebody to a group, or changes their rights there. */
  join(group: Group, who: Person | Bot, { admin }: JoinOptions = {}): void {
    const status: MemberStatus = admin ? 'administrator' : 'member'
    const rights = new Set(admin === true ? ADMIN_RIGHTS.filter(right => right !== 'is_anonymous') : admin)
    changeMembership(this.#world, group, { user: who.user, status, rights }, group.owner)
  }

  /** Makes a plain group a supergroup with another id, as people do by changing its settings. */
  upgrade(group: Group): Group {
    return upgrade(this.#world, group)
  }

  /** Bots and people whom the owner removes may not come back by themselves. */
  kick(group: Group, who: Person | Bot): void {
    changeMembership(this.#world, group, { user: who.user, status: 'kicked', rights: new Set() }, group.owner)
  }

  setLimits(limits: Partial<RateLimits>): void {
    this.#limiter.limits = { ...this.#limiter.limits, ...limits }
  }

  /** As a self-hosted server that is too old to know it. */
  removeMethod(name: ServedMethod): void {
    this.#api.removeMethod(name)
  }

  /** Requests are accepted, have no effect and are never answered, until {@link thaw}. */
  freeze(): void {
    this.#api.isFrozen = true
  }

  thaw(): void {
    this.#api.isFrozen = false
  }

  /** Breaks all connections; new ones work. */
  cutAll(): void {
    this.#http.cutAll()
  }

  /** The network is gone, until {@link resume}. What people do goes on. */
  stop(): Promise<void> {
    return this.#http.close()
  }

  /** On the same port as before. */
  resume(): Promise<void> {
    return this.#http.open()
  }

  /** What was against the Bot API so far; taken, it does not fail the test. */
  takeViolations(): readonly string[] {
    return this.#world.violations.splice(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    const violations = this.takeViolations()
    if (violations.length > 0) throw new Error(`Against the Bot API:\n${[...new Set(violations)].join('\n')}`)
  }

  #createGroup({ title, owner }: NewGroup, kind: 'group' | 'supergroup', isForum: boolean): Group {
    const user = owner?.user ?? this.#world.addPerson('Owner')
    return this.#world.addGroup({ title, kind, isForum, owner: user })
  }
}
