import { describeOperation, type OperationDescription } from '../operations/describe.ts'
import { coreOperations } from '../operations/index.ts'
import type { AnyOperation } from '../operations/operation.ts'
import type { Cli } from './context.ts'
import { pluginDefinitions } from './plugin-definitions.ts'

/** What core and the configured plugins offer. */
export async function loadOperations(cli: Cli): Promise<readonly AnyOperation[]> {
  const definitions = await pluginDefinitions(cli)
  return [...coreOperations, ...definitions.flatMap(({ operations = [] }) => operations)]
}

/** The same as plain JSON, for clients that pass them on. */
export async function describeOperations(cli: Cli): Promise<readonly OperationDescription[]> {
  return (await loadOperations(cli)).map(describeOperation)
}
