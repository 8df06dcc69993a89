import { realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { asFileProblem, codeOf, fileProblem } from './problems.ts'

/** Which files others may have of this computer. */
export interface AllowedPaths {
  /**
   * The real path of a file that may be there or not yet; its folder must be.
   * @param from the folder that a relative path is meant from; default: the home folder
   * @throws TC_ERR_FILE where it is in no root, whatever symbolic links say
   */
  resolve(path: string, from?: string): Promise<string>
}

/** @param hidden folders within the roots that are nobody's, such as the daemon's own state */
export function createAllowedPaths(roots: readonly string[], hidden: readonly string[]): AllowedPaths {
  return {
    async resolve(path, from = homedir()) {
      const asked = resolve(from, withHome(path))
      const real = await realOf(asked)
      const [allowed, denied] = await Promise.all([existing(roots), existing(hidden)])
      if (denied.some(folder => isWithin(folder, real))) {
        throw fileProblem(asked, 'the state of the daemon is not given to anybody')
      }
      if (allowed.some(folder => isWithin(folder, real))) return real
      throw fileProblem(asked, "it is in none of the folders that the files plugin's roots name")
    },
  }
}

export function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}

/** The real path, also of what is not there yet: then its folder's. @throws TC_ERR_FILE */
export async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw asFileProblem(path, error)
  }
  try {
    return join(await realpath(dirname(path)), basename(path))
  } catch (error) {
    throw codeOf(error) === 'ENOENT'
      ? fileProblem(path, `the folder '${dirname(path)}' is not there`)
      : asFileProblem(path, error)
  }
}

async function existing(folders: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(folders.map(folder => realpath(withHome(folder)).catch(() => null)))
  return real.filter(folder => folder !== null)
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith('../'))
}
