import { FormatError, placeOf } from '../formats/format.ts'
import { openInputFile, type Stored } from '../formats/input-file.ts'
import { tarMembers } from '../formats/tar/members.ts'
import { partOfSample } from '../formats/tar/webdataset.ts'

/** Of so many members, unpacked bytes and characters of names, of all files together, is it looked up where they lie. */
const MOST = { members: 100_000, bytes: 64 * 1024 * 1024, names: 4 * 1024 * 1024 } as const

/**
 * The paths of the samples of archives, in order, as far as they are looked into: archives are often written a folder after the
 * other. Each is looked into once, however often it is asked of, and has an equal share of what the ones before it have left.
 */
export class TarPlaces {
  readonly #found = new Map<string, readonly string[]>()
  readonly #left: Record<keyof typeof MOST, number>

  constructor(most: Readonly<Record<keyof typeof MOST, number>> = MOST) {
    this.#left = { ...most }
  }

  async of(files: readonly Stored[]): Promise<(readonly string[])[]> {
    const unseen = files.filter((file) => !this.#found.has(keyOf(file)))
    for (const [i, stored] of unseen.entries())
      this.#found.set(keyOf(stored), await this.#lookInto(stored, 1 / (unseen.length - i)))
    return files.map((file) => this.#found.get(keyOf(file)) ?? [])
  }

  async #lookInto(stored: Stored, share: number): Promise<readonly string[]> {
    const left = this.#left
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
    return [...places]
  }
}

function keyOf({ path, zipped }: Stored): string {
  return `${path}\0${zipped?.name ?? ''}`
}

async function* atMost(chunks: AsyncIterable<Uint8Array>, budget: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    budget.bytes -= chunk.length
    if (budget.bytes < 0) return
    yield chunk
  }
}
