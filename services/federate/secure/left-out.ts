import type { Ring } from './ring.ts'
import type { Terms } from './terms.ts'

/** The clients that are present and may be left out. */
export interface Present {
  readonly ring: Ring
  readonly terms: Terms
  readonly names: readonly string[]
  readonly there: ReadonlySet<number>
}

/** All clients of `must`, and from the start of `may` those that the committees and the terms can do without. */
export function goneWithout(
  { ring, terms, names, there }: Present,
  must: readonly string[],
  may: readonly string[],
): readonly string[] {
  const left = new Set(there)
  const gone: string[] = []
  for (const name of [...must, ...may.filter((name) => !must.includes(name))]) {
    const index = names.indexOf(name)
    left.delete(index)
    const bears = left.size >= terms.minimum && ring.holds(left)
    if (!bears && !must.includes(name)) left.add(index)
    else gone.push(name)
  }
  return gone
}
