import { z } from 'zod'
import { TeleclaudeError } from '../errors.ts'
import { defineService } from '../host/service.ts'
import { defineOperation } from '../operations/operation.ts'
import { MIN_SECRET_LENGTH } from './mesh-secret.ts'

/** Changes the secret of the mesh on this computer. Provided by core where there is one. */
export interface MeshRotation {
  /**
   * Takes the secret given, or a new one, writes it to the file that the configuration names, and goes on accepting the
   * old one from computers whose keys are pinned.
   * @throws TC_ERR_SECRET where the configuration names no file
   */
  rotate(secret: string | undefined, graceMs: number): { readonly file: string; readonly oldUntil: number }
}

/** The service key of {@link MeshRotation}. */
export const MeshRotationService = defineService<MeshRotation>('mesh-rotation')

const HOUR_MS = 3_600_000

export const meshRotate = defineOperation({
  name: 'mesh.rotate',
  summary: 'Changes the secret that the computers share.',
  input: z.strictObject({
    secret: z
      .string()
      .min(MIN_SECRET_LENGTH)
      .max(1024)
      .optional()
      .describe('The new secret; made if left out.'),
    grace_hours: z
      .number()
      .min(0)
      .max(720)
      .default(24)
      .describe('How long the old secret is accepted from computers that are known.'),
  }),
  output: z.strictObject({
    file: z.string().describe('Where the new secret is.'),
    old_until: z.number().describe('Milliseconds since the Unix epoch.'),
  }),
  scope: 'daemon:admin',
  idempotent: false,
  at: 'here',
  cli: false,
  async run({ secret, grace_hours }, call) {
    const rotation = call.services.find(MeshRotationService)
    if (!rotation) {
      throw new TeleclaudeError(
        'TC_ERR_SECRET',
        'this computer has no mesh secret to change. `teleclaude init --mesh` sets one up.',
      )
    }
    const { file, oldUntil } = rotation.rotate(secret, grace_hours * HOUR_MS)
    return { file, old_until: oldUntil }
  },
})
