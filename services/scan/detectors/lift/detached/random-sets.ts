import { seededRandom } from '#core/random.ts'
import { evenly } from '../../../numeric/evenly.ts'
import type { Grouping } from '../../../view/samples.ts'

/** Records of a set that are compared at most. */
const MOST_COMPARED = 120
/** By how much the sizes of random sets grow, and how many of each size are drawn. */
const GROWTH = 1.25
const DRAWN = 24

/** Of a label with no two records to draw, as where all are of a few floods: its records are alike. */
const WITHOUT_RANDOM = 1e6

interface Spread {
  readonly mean: number
  readonly deviation: number
}

/**
 * Returns by how many deviations records of a label are more alike than as many random ones of it: about 0 for random
 * ones. `alike` measures a set. Random sets of nearly the same size are taken to be as alike. Records for which `isLeftOut`
 * is true are in no random set.
 */
export function beyondRandom(
  labels: Grouping,
  seed: number,
  alike: (records: Int32Array) => number,
  isLeftOut: (i: number) => boolean = () => false,
): (records: Int32Array, label: number, alikeOf?: typeof alike) => number {
  const known = new Map<string, Spread>()
  const ofRandom = (label: number, size: number): Spread => {
    const step = Math.round(Math.log(size) / Math.log(GROWTH))
    const key = `${label} ${step}`
    let found = known.get(key)
    if (found === undefined) {
      const all = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label && !isLeftOut(i))
      const random = seededRandom(seed, `sets of ${key}`)
      const draw = () => Int32Array.from(random.permutation(all.length).subarray(0, GROWTH ** step), (at) => all[at]!)
      known.set(key, (found = spreadOf(Array.from({ length: DRAWN }, () => alike(draw())))))
    }
    return found
  }
  return (records, label, alikeOf = alike) => {
    const some = Int32Array.from(evenly(records, MOST_COMPARED))
    const { mean, deviation } = ofRandom(label, some.length)
    const beyond = (alikeOf(some) - mean) / deviation
    return Number.isNaN(beyond) ? WITHOUT_RANDOM : beyond
  }
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const square = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1)
  return { mean, deviation: Math.max(Math.sqrt(square), 1e-9) }
}
