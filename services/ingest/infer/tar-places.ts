import { FormatError, placeOf } from '../formats/format.ts'
import { openInputFile, type Stored } from '../formats/input-file.ts'
import { tarMembers } from '../formats/tar/members.ts'
import { partOfSample } from '../formats/tar/webdataset.ts'

/** Of so many members, and bytes, is it looked up where they lie. */
const LOOKED_AT = 100_000
const MOST_BYTES = 512 * 1024 * 1024

/** The paths of an archive's samples, in order, as far as it is looked into: archives are often written a folder after the other. */
export async function tarPlaces(found: Stored): Promise<string[]> {
  const file = await openInputFile(found)
  const places = new Set<string>()
  let [members, bytes] = [0, 0]
  try {
    for await (const { path, size } of tarMembers(file)) {
      const part = partOfSample(path)
      if (part !== null) places.add(placeOf(part.key))
      bytes += size
      if (++members >= LOOKED_AT || bytes > MOST_BYTES) break
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error // what breaks the archive is told where it is read
  }
  return [...places]
}
