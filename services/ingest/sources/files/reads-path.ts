import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { wantedBy, type Wanted } from './list-files.ts'

/** Whether a source reads the file at `path`, or would if there were one. */
export async function readsPath(source: Wanted, path: string): Promise<boolean> {
  const root = await real(source.root)
  const isWanted = wantedBy(source)
  // a link stands for its target, and may itself be replaced
  return [await real(path), join(await real(dirname(path)), basename(path))].some((target) => {
    if (target === root) return true
    const steps = relative(root, target).split(sep)
    return !steps.some((step) => step.startsWith('.')) && isWanted(steps.join('/'))
  })
}

const real = (path: string) => realpath(path).catch(() => resolve(path))
