/** What the JSON reporter of vitest writes, as far as it is counted. */
export interface TestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

export function countTests(
  exitCode: number | null,
  report: TestReport | null,
): { passed: number; failed: number; skipped: readonly string[] }
