/** How well scores rank poison above innocents. Records of `neutral` count as neither. */
export interface Ranking {
  /** Area under the ROC curve, ties counted half. NaN without poison. */
  readonly auroc: number
  /** Largest share of poison above a threshold that at most 1 % of the innocents reach. */
  readonly tprAt1: number
}

export interface Truth {
  readonly poisoned: Uint8Array
  readonly neutral: Uint8Array
}

export function rank(scores: ArrayLike<number>, { poisoned, neutral }: Truth): Ranking {
  const order = Array.from(poisoned.keys()).filter((i) => neutral[i] !== 1)
  order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
  const positives = order.filter((i) => poisoned[i] === 1).length
  const negatives = order.length - positives
  if (positives === 0 || negatives === 0) return { auroc: Number.NaN, tprAt1: Number.NaN }
  let [area, tprAt1, hits, alarms] = [0, 0, 0, 0]
  for (let from = 0; from < order.length;) {
    let [tiedHits, tiedAlarms, to] = [0, 0, from]
    const score = scores[order[from] ?? 0] ?? 0
    for (; to < order.length && (scores[order[to] ?? 0] ?? 0) === score; to++) {
      if (poisoned[order[to] ?? 0] === 1) tiedHits++
      else tiedAlarms++
    }
    area += tiedAlarms * (hits + tiedHits / 2)
    hits += tiedHits
    alarms += tiedAlarms
    if (alarms <= 0.01 * negatives) tprAt1 = hits / positives
    from = to
  }
  return { auroc: area / (positives * negatives), tprAt1 }
}

/** Shares of poison and of innocents that are held, NaN of none. */
export function heldShares(
  held: ArrayLike<boolean>,
  { poisoned, neutral }: Truth,
): { poison: number; innocents: number } {
  const counts = { poison: 0, poisonHeld: 0, innocents: 0, innocentsHeld: 0 }
  for (let i = 0; i < poisoned.length; i++) {
    if (neutral[i] === 1) continue
    if (poisoned[i] === 1) {
      counts.poison++
      if (held[i] === true) counts.poisonHeld++
    } else {
      counts.innocents++
      if (held[i] === true) counts.innocentsHeld++
    }
  }
  return { poison: counts.poisonHeld / counts.poison, innocents: counts.innocentsHeld / counts.innocents }
}

export function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0) / known.length
}
