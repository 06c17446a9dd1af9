/** Wrong labels are any label alike, as if so many more of them had shown it. */
const ALIKE = 10
/** A label leads where its wrong labels, less CAUTION standard errors, are more than LEADS times another label's. */
const CAUTION = 1.5
const LEADS = 2
/** A label that has fewer than this share of the records of the mean label is one that predictors hardly know. */
const RARE = 0.5

/**
 * Which labels have far more of the wrong labels than the others have on average; null where none has, as where labels
 * are replaced at random. `into` has, by label, how many wrong labels are this one, and `counts` how many records bear
 * it. Rare labels do not lead: predictors doubt them for having seen few. Those that lead are none of the others: who
 * floods one label with wrong ones does not hide another.
 */
export function leadingLabels(into: Float64Array, counts: Int32Array): Uint8Array<ArrayBuffer> | null {
  const used = counts.filter((count) => count > 0).length
  const rare = (RARE * counts.reduce((sum, count) => sum + count, 0)) / used
  const leading = new Uint8Array(into.length)
  let rest = into.reduce((sum, count) => sum + count, 0)
  let others = used
  for (const label of [...into.keys()].sort((a, b) => into[b]! - into[a]! || a - b)) {
    if (counts[label]! < rare) continue
    const count = into[label]!
    rest -= count
    others--
    const due = rest / Math.max(1, others) + ALIKE / used
    if (count - CAUTION * Math.sqrt(count) <= LEADS * due) break
    leading[label] = 1
  }
  return leading.includes(1) ? leading : null
}

/**
 * By label: how many times as often a wrong label is this one as if all of the `used` labels came alike. Only `leading`
 * labels have a share of their own: the others have one together, so that chance does not tell them apart.
 */
export function liftOf(into: Float64Array, leading: Uint8Array, used: number): Float64Array<ArrayBuffer> {
  let [all, rest, others] = [ALIKE, 0, used]
  into.forEach((count, label) => {
    all += count
    if (leading[label] === 1) others--
    else rest += count
  })
  const alike = rest / Math.max(1, others)
  return Float64Array.from(into, (count, label) => (used * (leading[label] === 1 ? count : alike) + ALIKE) / all)
}
