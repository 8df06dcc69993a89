import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { type ConfigFacts, ConfigService, defineOperation, type Project } from '../../core/index.ts'

const project = z.strictObject({
  name: z.string(),
  path: z.string().describe('Give it as `cwd` to start a session there.'),
  description: z.string(),
  exists: z.boolean().describe('Whether the folder is there.'),
})

const output = z.strictObject({
  computer: z.string(),
  projects: z.array(project),
  digest: z.string().describe('Changes whenever the list does.'),
})

export const projectsList = defineOperation({
  name: 'projects.list',
  summary: "Lists a computer's project folders.",
  input: z.strictObject({
    computer: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a computer name has lower-case letters, digits and dashes')
      .optional()
      .describe('The name of the computer; this one if left out.'),
  }),
  output,
  scope: 'computers:read',
  idempotent: true,
  at: 'owner',
  mcp: {
    name: 'teleclaude__list_projects',
    description: 'List the project folders that a computer offers, to start sessions in.',
    annotations: { readOnlyHint: true },
  },
  cli: { words: 'projects' },
  run: async (_input, call) => describeProjects(call.services.get(ConfigService)),
})

/** The projects of this computer, as other computers are told of them. */
export async function describeProjects({
  computer,
  projects,
}: ConfigFacts): Promise<z.output<typeof output>> {
  const described = await Promise.all(projects.map(describeProject))
  return { computer, projects: described, digest: digestOf(described) }
}

async function describeProject({ name, path, description }: Project): Promise<z.output<typeof project>> {
  const exists = await stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
  return { name, path, description, exists }
}

/** The fields are always made in the same order, so that equal lists are equal JSON. 64 bits tell changes apart. */
function digestOf(projects: readonly z.output<typeof project>[]): string {
  return createHash('sha256').update(JSON.stringify(projects)).digest('hex').slice(0, 16)
}
