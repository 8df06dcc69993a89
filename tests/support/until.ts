export { until } from '../../core/testing/until.ts'
