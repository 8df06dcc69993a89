import type { ChatMember, User } from '@grammyjs/types'

/** What an administrator may be allowed to do. */
export const ADMIN_RIGHTS = [
  'is_anonymous',
  'can_manage_chat',
  'can_delete_messages',
  'can_manage_video_chats',
  'can_restrict_members',
  'can_promote_members',
  'can_change_info',
  'can_invite_users',
  'can_post_stories',
  'can_edit_stories',
  'can_delete_stories',
  'can_pin_messages',
  'can_manage_topics',
  'can_send_welcome_messages',
] as const

export type AdminRight = (typeof ADMIN_RIGHTS)[number]

export type MemberStatus = 'creator' | 'administrator' | 'member' | 'left' | 'kicked'

/** One user's place in one group. */
export interface Membership {
  readonly user: User
  readonly status: MemberStatus
  readonly rights: ReadonlySet<AdminRight>
}

/** Who is in a group, and as what. */
export class Members {
  readonly #byId = new Map<number, Membership>()

  of(user: User): Membership {
    return this.#byId.get(user.id) ?? { user, status: 'left', rights: new Set() }
  }

  byId(userId: number): Membership | undefined {
    return this.#byId.get(userId)
  }

  set(membership: Membership): void {
    this.#byId.set(membership.user.id, membership)
  }

  has(user: User): boolean {
    return isPresent(this.of(user))
  }

  get present(): readonly Membership[] {
    return [...this.#byId.values()].filter(isPresent)
  }

  isAdmin(user: User): boolean {
    return ['creator', 'administrator'].includes(this.of(user).status)
  }

  may(user: User, right: AdminRight): boolean {
    const { status, rights } = this.of(user)
    return status === 'creator' || (status === 'administrator' && rights.has(right))
  }
}

function isPresent({ status }: Membership): boolean {
  return status !== 'left' && status !== 'kicked'
}

/** A membership as Telegram tells it. */
export function toChatMember({ user, status, rights }: Membership): ChatMember {
  if (status === 'creator') return { status, user, is_anonymous: rights.has('is_anonymous') }
  if (status === 'kicked') return { status, user, until_date: 0 }
  if (status !== 'administrator') return { status, user }
  const flags = Object.fromEntries(ADMIN_RIGHTS.map(right => [right, rights.has(right)]))
  // every right is in the list; fromEntries forgets which
  return { status, user, can_be_edited: false, ...(flags as Record<AdminRight, boolean>) }
}
