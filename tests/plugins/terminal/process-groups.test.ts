import { expect, onTestFinished, test, vi } from 'vitest'
import { signalTerminal } from '../../../plugins/terminal/host/process-groups.ts'

test('a leader that is none gets no signal, which would go to the host itself, or to everybody', () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
  onTestFinished(() => kill.mockRestore())
  for (const leader of [0, 1, -1, Number.NaN]) signalTerminal(leader, 'SIGHUP')
  expect(kill).not.toHaveBeenCalled()
})
