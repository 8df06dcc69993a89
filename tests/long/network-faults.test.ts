import { describe, test } from 'vitest'
import {
  COMPUTERS,
  dividedMeshForFile,
  NETWORK_FAULTS,
  type NetworkFault,
} from '../faults/mesh/network-faults.ts'

const divided = dividedMeshForFile()
const faults = Object.keys(NETWORK_FAULTS) as NetworkFault[] // its keys are its type

describe.each(COMPUTERS)('the network of %s', of => {
  test.each(faults)('%s', fault => NETWORK_FAULTS[fault](divided(), of))
})
