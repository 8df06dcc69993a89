import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
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

/** Whether this process may mount a disk of its own: as root, or in a container with SYS_ADMIN. */
export function mayMountDisk(): boolean {
  const path = mkdtempSync('/tmp/tc-')
  try {
    mount(path, 1)
    execFileSync('umount', [path])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(path)
  }
}

function mount(path: string, mib: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=700`, 'tmpfs', path], { stdio: 'pipe' })
}
