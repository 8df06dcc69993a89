/**
 * What a run of vitest comes to. A test file that could not be loaded, an error outside any test, a crash
 * and a run without a single test are failures too.
 *
 * @param {number | null} exitCode null if vitest was killed
 * @param {import('./count-tests.d.mts').TestReport | null} report what its JSON reporter wrote, or null if it wrote nothing
 * @returns {{ passed: number, failed: number, skipped: readonly string[] }} with the names of those that cannot run here
 */
export function countTests(exitCode, report) {
  if (!report) return { passed: 0, failed: 1, skipped: [] }
  const brokenFiles = report.testResults.filter(
    file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  ).length
  const failed = report.numFailedTests + brokenFiles
  const passed = report.numPassedTests
  const isUnexplained = failed === 0 && (exitCode !== 0 || passed === 0)
  const skipped = report.testResults.flatMap(file =>
    file.assertionResults
      .filter(test => test.status === 'skipped' || test.status === 'pending')
      .map(test => test.fullName),
  )
  return { passed, failed: isUnexplained ? 1 : failed, skipped }
}
