import type { ChildProcess } from 'node:child_process'

const children = new Set<ChildProcess>()

/** Lets no process outlive the tests that started it, should they end without ending it. */
export function endWithThisProcess(child: ChildProcess): void {
  if (children.size === 0) process.on('exit', endAll)
  children.add(child)
  child.once('exit', () => {
    children.delete(child)
    if (children.size === 0) process.off('exit', endAll)
  })
}

function endAll(): void {
  for (const child of children) child.kill('SIGKILL')
}
