import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { listenForInterrupts } from '../../../core/cli/interrupts.ts'

function listening() {
  const process = new EventEmitter()
  let exits = 0
  // Of the process only its signals are listened to.
  const interrupts = listenForInterrupts(process as NodeJS.Process, () => {
    exits++
  })
  return { process, interrupts, exits: () => exits }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('the first %s asks to end, the second ends at once', name => {
  const { process, interrupts, exits } = listening()
  process.emit(name)
  expect([interrupts.signal.aborted, exits()]).toEqual([true, 0])
  process.emit(name)
  expect(exits()).toBe(1)
})

test('who has taken the signals gets them, until it gives them back', () => {
  const { process, interrupts } = listening()
  const heard: string[] = []
  {
    using _taken = interrupts.take(signal => void heard.push(signal))
    process.emit('SIGINT')
    process.emit('SIGTERM')
  }
  expect([heard, interrupts.signal.aborted]).toEqual([['SIGINT', 'SIGTERM'], false])
  process.emit('SIGINT')
  expect(interrupts.signal.aborted).toBe(true)
})
