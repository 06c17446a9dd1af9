import type { TokenMatrix } from '../../view/window-view.ts'

/**
 * Of each of some records the nearest others by the words that they share, but for those left out: cosines of words that count for how seldom they are. Who shares none
 * is near nobody, so that there may be fewer.
 */
export function* nearestByWords(
  { offsets, ids, kindOf, holders }: TokenMatrix,
  records: Int32Array,
  leftOut: ReadonlySet<number>,
  among: number,
): Generator<number[]> {
  const n = offsets.length - 1
  const known = new Map<number, number>()
  const weightOf = (word: number) => {
    let weight = known.get(word)
    if (weight === undefined) known.set(word, (weight = Math.log(n / holders(word).length) ** 2))
    return weight
  }
  const isAsked = (word: number) => kindOf[word] === 0 && !leftOut.has(word)
  const lengthOf = (i: number) => {
    let sum = 0
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) if (isAsked(ids[at]!)) sum += weightOf(ids[at]!)
    return Math.sqrt(sum)
  }
  const shared = new Float64Array(n)
  for (const i of records) {
    shared.fill(0)
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const word = ids[at]!
      if (isAsked(word)) for (const j of holders(word)) shared[j]! += weightOf(word)
    }
    shared[i] = 0
    const near = [...shared.keys()].filter((j) => shared[j]! > 0)
    const cosine = new Map(near.map((j) => [j, shared[j]! / lengthOf(j)]))
    yield near.sort((a, b) => cosine.get(b)! - cosine.get(a)! || a - b).slice(0, among)
  }
}
