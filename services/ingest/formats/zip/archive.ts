import { FormatError, type RandomAccess } from '../format.ts'
import { readZip, type ZipEntry } from './entries.ts'

/** The files of an archive by their paths, with `/` between folders. */
export type ZipArchive = ReadonlyMap<string, ZipEntry>

/** Whether a name is that of an archive to unpack: many formats are zip archives with other names. */
export function isArchive(name: string): boolean {
  return /\.zip$/i.test(name)
}

/**
 * The contents of an archive like those of a folder: without hidden files, and with links reported to `onLink`. Throws
 * `FormatError` as `readZip` does, and if a name leads out of the archive or occurs twice, because programs differ in which of
 * two files they read.
 */
export async function readArchive(file: RandomAccess, onLink: (path: string) => void): Promise<ZipArchive> {
  const files = new Map<string, ZipEntry>()
  for (const [place, entry] of (await readZip(file)).entries()) {
    const path = entry.name.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
    if (path.endsWith('/')) continue
    const steps = path.split('/')
    if (steps.some((step) => step === '' || step === '.' || step === '..' || step.includes('\0')))
      throw new FormatError('undecodable', `a zip archive with a name that leads out of it (entry ${place + 1})`)
    if (steps.some((step) => step.startsWith('.')) || steps[0] === '__MACOSX') continue
    if (files.has(path))
      throw new FormatError('undecodable', `a zip archive with two files of one name (entry ${place + 1})`)
    if (entry.isLink) onLink(path)
    else files.set(path, entry)
  }
  return files
}
