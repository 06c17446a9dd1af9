import { FormatError, placeOf } from '../formats/format.ts'
import { openInputFile, type Stored } from '../formats/input-file.ts'
import { tarMembers } from '../formats/tar/members.ts'
import { partOfSample } from '../formats/tar/webdataset.ts'

/** Of so many members, unpacked bytes and characters of names, of all files together, is it looked up where they lie. */
const MOST = { members: 100_000, bytes: 64 * 1024 * 1024, names: 4 * 1024 * 1024 } as const

/**
 * The paths of the samples of each archive, in order, as far as it is looked into: archives are often written a folder after
 * the other. Each has an equal share of what the ones before it have left.
 */
export async function tarPlaces(files: readonly Stored[], most: Readonly<Record<keyof typeof MOST, number>> = MOST) {
  const left = { ...most }
  const found: (readonly string[])[] = []
  for (const [i, stored] of files.entries()) {
    const share = 1 / (files.length - i)
    const own = { members: left.members * share, bytes: left.bytes * share, names: left.names * share }
    const places = new Set<string>()
    const file = await openInputFile(stored)
    const budget = { ...own }
    const stream = () => atMost(file.stream(), budget)
    try {
      for await (const { path } of tarMembers({ ...file, stream })) {
        budget.members--
        budget.names -= path.length
        if (budget.members < 0 || budget.names < 0) break
        const part = partOfSample(path)
        if (part !== null) places.add(placeOf(part.key))
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error // what breaks the archive is told where it is read
    }
    left.members -= own.members - Math.max(0, budget.members)
    left.bytes -= own.bytes - Math.max(0, budget.bytes)
    left.names -= own.names - Math.max(0, budget.names)
    found.push([...places])
  }
  return found
}

async function* atMost(chunks: AsyncIterable<Uint8Array>, budget: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    budget.bytes -= chunk.length
    if (budget.bytes < 0) return
    yield chunk
  }
}
