/** Log-likelihood ratio, in nats, of a label's share among a word's records against its share of all; 0 where that is no less. */
export function bindingOf(own: number, all: number, share: number): number {
  if (own <= share * all) return 0
  const rest = all - own
  return own * Math.log(own / all / share) + (rest === 0 ? 0 : rest * Math.log(rest / all / (1 - share)))
}

/** The label that has the most of these beyond its share of all `records`, the first among equals. */
export function mostOwn(labels: ArrayLike<number>, totals: ArrayLike<number>, records: number): number {
  const counts = new Int32Array(totals.length)
  for (let at = 0; at < labels.length; at++) counts[labels[at]!]!++
  let [best, most] = [labels[0] ?? 0, -1]
  for (let label = 0; label < counts.length; label++) {
    const own = counts[label]!
    if (own === 0) continue
    const binding = bindingOf(own, labels.length, totals[label]! / records)
    if (binding > most) [best, most] = [label, binding]
  }
  return best
}
