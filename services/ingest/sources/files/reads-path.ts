import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { wantedBy, type Wanted } from './list-files.ts'

/** Whether a source reads what is at `path`, or would if something were there. */
export async function readsPath(source: Wanted, path: string): Promise<boolean> {
  const root = await real(source.root)
  const isWanted = wantedBy(source)
  // a link leads to what it names, and is replaced where it stands
  return [await real(path), join(await real(dirname(path)), basename(path))].some((target) => {
    if (target === root) return true
    const steps = relative(root, target).split(sep)
    return !steps.some((step) => step.startsWith('.')) && isWanted(steps.join('/'))
  })
}

const real = (path: string) => realpath(path).catch(() => resolve(path))
