import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files here take longest: they start daemons, and wait for what is to fail. */
const LONG = ['/tests/faults/', '/tests/e2e/', '/tests/plugins/']

/**
 * The order of test files in which all workers end together, also where no earlier run has told how long each takes: those
 * in the folders of long ones come first; within a folder, vitest knows best.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex(folder => moduleId.includes(folder))
  return rank < 0 ? LONG.length : rank
}
