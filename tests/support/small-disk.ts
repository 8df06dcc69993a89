import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { messageOf } from '../../core/errors.ts'
import { tempDir } from './temp-dir.ts'

/** A real disk of few MiB, that goes when the test ends. */
export interface SmallDisk {
  readonly path: string
  /** Leaves so much room. */
  fill(leaveBytes: number): void
  makeRoom(): void
}

export function mountSmallDisk(mib: number): SmallDisk {
  const path = join(tempDir(), 'disk')
  mkdirSync(path)
  mount(path, mib)
  // Lazily: the threads of a process that was killed may hold its files a little longer than it lives.
  onTestFinished(() => void execFileSync('umount', ['--lazy', path]))
  const ballast = join(path, 'ballast')
  return {
    path,
    fill(leaveBytes) {
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - leaveBytes))
    },
    makeRoom: () => rmSync(ballast),
  }
}

function mount(path: string, mib: number): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=700`, 'tmpfs', path], { stdio: 'pipe' })
  } catch (thrown) {
    throw new Error(
      `A full disk needs a disk: mounting a tmpfs was refused (${messageOf(thrown)}). ` +
        'Run the tests as root, or in a container with --cap-add SYS_ADMIN.',
    )
  }
}
