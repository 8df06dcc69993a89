import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import {
  type ConfigFacts,
  ConfigService,
  computerName,
  defineOperation,
  type Project,
  z,
} from '../../core/index.ts'
import { PeerProjectsService } from './peer-projects.ts'

const project = z.strictObject({
  name: z.string(),
  path: z.string().describe('Give it as `cwd` to start a session there.'),
  description: z.string(),
  exists: z.boolean().describe('Whether the folder is there.'),
})

const described = {
  computer: z.string(),
  projects: z.array(project),
  digest: z.string().describe('Changes whenever the list does.'),
}
const description = z.strictObject(described)

/** A computer's project folders, as that computer describes them. */
export type ProjectList = z.output<typeof description>

const computer = computerName.optional().describe('The name of the computer; this one if left out.')

export const projectsList = defineOperation({
  name: 'projects.list',
  summary: "Lists a computer's project folders.",
  input: z.strictObject({ computer }),
  output: z.strictObject({
    ...described,
    fetched_at: z.number().describe('When the computer was asked; milliseconds since the Unix epoch.'),
    stale: z
      .boolean()
      .describe('It may have changed since: the computer is offline, or was asked just before.'),
  }),
  scope: 'computers:read',
  idempotent: true,
  at: 'here',
  mcp: {
    name: 'teleclaude__list_projects',
    description: 'List the project folders that a computer offers, to start sessions in.',
    annotations: { readOnlyHint: true },
  },
  cli: { words: 'projects' },
  async run({ computer }, call) {
    const config = call.services.get(ConfigService)
    if (computer === undefined || computer === config.computer)
      return { ...(await describeProjects(config)), fetched_at: call.clock.now(), stale: false }
    // Whoever else asks meanwhile gets the same answer, so that this caller's going must not end it.
    const signal = new AbortController().signal
    const ask = () => call.invoke<ProjectList>('projects.describe', { computer }, { signal })
    return await call.services.get(PeerProjectsService).list(computer, ask)
  },
})

/** What other computers ask; they keep the answer until the digest in the heartbeat changes. */
export const projectsDescribe = defineOperation({
  name: 'projects.describe',
  summary: 'Describes the project folders of one computer, as they are now.',
  input: z.strictObject({ computer }),
  output: description,
  scope: 'computers:read',
  idempotent: true,
  at: 'owner',
  mcp: false,
  cli: false,
  run: async (_input, call) => describeProjects(call.services.get(ConfigService)),
})

/** The projects of this computer, as other computers are told of them. */
export async function describeProjects({ computer, projects }: ConfigFacts): Promise<ProjectList> {
  const all = await Promise.all(projects.map(describeProject))
  return { computer, projects: all, digest: digestOf(all) }
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
