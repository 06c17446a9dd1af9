import { randomUUID } from 'node:crypto'
import { access, constants, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { CheckLine } from '#core/check.ts'
import { whyUnwritable } from '#runtime/process/unwritable.ts'
import { TEMPORARY } from './files.ts'

/** As much as fails to be written where the disk or a quota is used up. */
const TRIED_BYTES = 4096

/** For `credence check`: writes a file and removes it, and looks whether every folder of a file store may be read and written. */
export async function checkFileStore(folder: string): Promise<CheckLine[]> {
  const root = path.resolve(folder)
  const lines: CheckLine[] = []
  for (const at of await foldersOf(root)) {
    const failed = await errorOf(() => access(at, constants.R_OK | constants.W_OK | constants.X_OK))
    if (failed !== undefined) lines.push(unwritable(at, failed))
  }
  const tried = path.join(root, TEMPORARY, `.${randomUUID()}.tmp`)
  const failed = await errorOf(() => writeFile(tried, Buffer.alloc(TRIED_BYTES), { flag: 'wx', flush: true }))
  await rm(tried, { force: true }).catch(() => {})
  if (failed !== undefined && lines.length === 0) lines.push(unwritable(path.dirname(tried), failed))
  return lines.length > 0 ? lines : [{ what: `folder ${root}`, state: 'ok', says: 'can be read and written' }]
}

/** The root, and the folders of zones and datasets below it, in the order of their paths. */
async function foldersOf(root: string): Promise<string[]> {
  const found = [root]
  for (const zone of await foldersIn(root)) found.push(zone, ...(await foldersIn(zone)))
  return found
}

/** None of a folder that cannot be listed: its own line says so. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.flatMap((entry) => (entry.isDirectory() ? path.join(folder, entry.name) : [])).sort()
}

async function errorOf(work: () => Promise<void>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error
  }
}

function unwritable(folder: string, error: unknown): CheckLine {
  return { what: `folder ${folder}`, state: 'failed', says: whyUnwritable(error) }
}
