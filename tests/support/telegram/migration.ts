import type { Group } from './chat.ts'
import { post } from './posting.ts'
import type { World } from './world.ts'

/** Makes a plain group a supergroup: the same people, another id, and a message about it in both. */
export function upgrade(world: World, old: Group): Group {
  if (old.kind !== 'group') throw new Error(`${old.title} is a supergroup already`)
  const { title, owner } = old
  const next = world.addGroup({ title, owner, kind: 'supergroup', isForum: false })
  for (const membership of old.members.present) next.members.set(membership)
  post(world, old, { from: owner }, { service: { migrate_to_chat_id: next.id } })
  old.migratedTo = next
  post(world, next, { from: owner }, { service: { migrate_from_chat_id: old.id } })
  return next
}
