import type { Grouping } from '../view/samples.ts'

/** Natural mistakes may be any number of some labels; this share of the labels, those with the fewest, shows the noise. */
const EVEN = 1 / 2
/** Less noise than this does not hide whether labels follow from the records. */
const LEAST = 0.015

/**
 * The share of labels that were replaced at random, as far as all labels show it; 0 where it is too small to matter. Who
 * replaces labels at random puts as many of one label as of any other on the records of the rest. Natural mistakes are
 * those of vague labels, or go from one label to another like it. So the labels with the fewest suspects, for how many
 * records there are to put them on, tell how much is even.
 *
 * `wrong` is n: the probability that a label was replaced. `told` are the records that count, of two labels at least.
 */
export function evenNoise(wrong: Float64Array, labels: Grouping, told: Int32Array): number {
  const [suspects, counts] = [new Float64Array(labels.names.length), new Int32Array(labels.names.length)]
  for (const i of told) {
    suspects[labels.of[i]!]! += wrong[i]!
    counts[labels.of[i]!]!++
  }
  const used = [...counts.keys()].filter((label) => counts[label]! > 0)
  if (used.length < 2) return 0
  const shares = used
    .map((label) => ({ found: suspects[label]!, open: (told.length - counts[label]!) / (used.length - 1) }))
    .toSorted((a, b) => a.found / a.open - b.found / b.open)
    .slice(0, Math.ceil(EVEN * used.length))
  const rate = shares.reduce((sum, { found }) => sum + found, 0) / shares.reduce((sum, { open }) => sum + open, 0)
  return rate < LEAST ? 0 : rate
}
