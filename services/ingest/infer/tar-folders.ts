import { FormatError } from '../formats/format.ts'
import { openInputFile } from '../formats/input-file.ts'
import { isTar, tarMembers } from '../formats/tar/members.ts'
import { listFiles } from '../sources/files/list-files.ts'

/** Of so many members is it looked up which folder they are in. */
const LOOKED_AT = 2000
const NAMED = 3

/** A sentence on folders of images within an archive: labels are no folders there, as they are below a folder or in a zip. */
export async function tarFolderNotes(root: string): Promise<string[]> {
  const [first] = await listFiles(root)
  if (first === undefined || first.fault !== undefined) return []
  const file = await openInputFile(first)
  if (!isTar(await file.head())) return []
  const folders = new Set<string>()
  let looked = 0
  try {
    for await (const { path } of tarMembers(file)) {
      const folder = /([^/]+)\/[^/]+\.(?:png|jpe?g)$/i.exec(path)?.[1]
      if (folder !== undefined) folders.add(folder)
      if (++looked >= LOOKED_AT) break
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error // what breaks the archive is told where it is read
  }
  if (folders.size < 2) return []
  const named = [...folders].slice(0, NAMED).join(', ')
  return [
    `The folders in the archive (${named}${folders.size > NAMED ? ', …' : ''}) are not read as labels: unpack it, or write it as a .zip.`,
  ]
}
