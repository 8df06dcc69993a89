import type { User } from '@grammyjs/types'
import type { Group } from './chat.ts'
import { type Membership, toChatMember } from './members.ts'
import { seconds } from './message-shape.ts'
import { post } from './posting.ts'
import type { World } from './world.ts'

/** Changes what somebody is in a group, and tells it as Telegram does. */
export function changeMembership(world: World, group: Group, next: Membership, by: User): void {
  const before = group.members.of(next.user)
  const wasHere = group.members.has(next.user)
  group.members.set(next)
  const isHere = group.members.has(next.user)
  tellMember(world, group, before, next, by)
  if (!wasHere && isHere) post(world, group, { from: by }, { service: { new_chat_members: [next.user] } })
  if (wasHere && !isHere) post(world, group, { from: by }, { service: { left_chat_member: next.user } })
  world.changes.tell()
}

function tellMember(world: World, group: Group, before: Membership, next: Membership, by: User): void {
  const shape = {
    chat: group.shape,
    from: by,
    date: seconds(world.now),
    old_chat_member: toChatMember(before),
    new_chat_member: toChatMember(next),
  }
  world.bots.get(next.user.id)?.updates.push('my_chat_member', shape)
  for (const bot of group.bots) {
    // others are told of only to administrators that ask for it
    if (bot.id !== next.user.id && group.members.isAdmin(bot.user)) bot.updates.push('chat_member', shape)
  }
}
