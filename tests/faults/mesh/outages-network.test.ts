import { test } from 'vitest'
import { type Computer, dividedMeshForFile, NETWORK_FAULTS, type NetworkFault } from './network-faults.ts'

const divided = dividedMeshForFile()

/** Each fault once, of the computer where it is harder; all of both are in tests/long. */
const cases: readonly (readonly [Computer, NetworkFault])[] = [
  ['workstation', 'breaks in the middle of replies'],
  ['macbook', 'stands still, shortly, and until it is noticed'],
  ['workstation', 'has lost the connections without telling'],
  ['workstation', 'has lost the connection for commands without telling'],
  ['macbook', 'has lost the connection for reading without telling'],
  ['macbook', 'is slow, and breaks'],
]

test.each(cases)('the network of %s %s', (of, fault) => NETWORK_FAULTS[fault](divided(), of))
