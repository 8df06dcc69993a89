import { commands } from './commands/index.ts'
import type { Occasion, PeopleParts } from './people-parts.ts'

const byName = new Map(commands.map(command => [command.name, command]))

export async function runCommand(parts: PeopleParts, occasion: Occasion<'command'>): Promise<void> {
  const { name } = occasion.heard
  const command = byName.get(name === 'start' ? 'help' : name)
  if (command) return await command.run(parts, occasion)
  const hint = occasion.record
    ? `To type it into the session, write //${name}.`
    : '/help says which there are.'
  occasion.reply(`There is no command /${name}. ${hint}`)
}
