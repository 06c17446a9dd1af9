/** The most marks that represent a delivery: the smallest of all its items. */
export const MARKS_KEPT = 64
/** With fewer marks, two deliveries are compared only for equality. */
const FEWEST_COMPARED = 8
const REPEATED_FROM = 0.8
/** The least share of distinct items: deliveries with fewer cannot be distinguished by their contents. */
const FEWEST_DISTINCT = 0.5

/**
 * A delivery, represented by the smallest marks of its items (Bar-Yossef et al. 2002, k minimum values): 16 hex digits each,
 * ascending, without duplicates. All marks if there are fewer than `MARKS_KEPT`.
 */
export interface Sketch {
  readonly marks: readonly string[]
  readonly items: number
}

export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  const marks = [...new Set([...a.marks, ...b.marks])].sort().slice(0, MARKS_KEPT)
  return { marks, items: a.items + b.items }
}

/** The share of the smaller of two deliveries that is in the other, from 0.8 to 1; null if it is less or cannot be determined. */
export function repeatedShare(a: Sketch, b: Sketch): number | null {
  if (!isTelling(a) || !isTelling(b)) return null
  const upTo = [reachOf(a), reachOf(b)].sort()[0]!
  const [ofA, ofB] = [a, b].map(({ marks }) => marks.filter((mark) => mark <= upTo)) as [string[], string[]]
  const isInB = new Set(ofB)
  const shared = ofA.filter((mark) => isInB.has(mark)).length
  const fewer = Math.min(ofA.length, ofB.length)
  if (fewer < FEWEST_COMPARED) return shared === ofA.length && shared === ofB.length && shared > 0 ? 1 : null
  return shared / fewer >= REPEATED_FROM ? shared / fewer : null
}

/** The mark up to which a sketch has every mark of its delivery. */
function reachOf({ marks }: Sketch): string {
  return marks.length < MARKS_KEPT ? '~' : marks.at(-1)!
}

function isTelling({ marks, items }: Sketch): boolean {
  if (marks.length < MARKS_KEPT) return marks.length >= items * FEWEST_DISTINCT
  const reached = Number.parseInt(marks.at(-1)!.slice(0, 12), 16) / 2 ** 48
  return (MARKS_KEPT - 1) / reached >= items * FEWEST_DISTINCT
}
