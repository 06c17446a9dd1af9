/** A mean over rounds. */
export interface Mean {
  readonly sum: number
  readonly rounds: number
}

/**
 * What is remembered about a federation's clients: means over rounds, by subject. `a b` is how alike the updates of clients a
 * and b were, `a` how far a's pointed away from the median, `a:length` how far its length stood out. Names and numbers, no
 * updates.
 */
export type Past = ReadonlyMap<string, Mean>

export const NO_PAST: Past = new Map()

/**
 * The most rounds that a mean is weighted as: a client that was honest for a hundred rounds has no more credit than one for
 * eight.
 */
const REMEMBERED = 8
/** Rounds with 0 that a standing begins with, so that chance weighs as much in a newcomer's mean as in the others'. */
const UNPROVEN = 2

/** The mean as if `UNPROVEN` rounds of 0 had come first. */
export function standingOf({ sum, rounds }: Mean): number {
  return sum / (rounds + UNPROVEN)
}

export interface Rounds {
  /** The mean of all rounds so far, including this one. */
  readonly mean: (about: string, now: number) => number
  /** The same, as if `UNPROVEN` rounds of 0 had come first. */
  readonly standing: (about: string, now: number) => number
  /** The means that this round has changed. */
  readonly learned: Past
}

/** Adds one more round to a past. Chance in one round averages out over eight; an intention remains in all of them. */
export function overRounds(past: Past): Rounds {
  const learned = new Map<string, Mean>()
  const add = (about: string, now: number): Mean => {
    const { sum, rounds } = past.get(about) ?? { sum: 0, rounds: 0 }
    const before = Math.min(rounds, REMEMBERED - 1)
    const next = { sum: (rounds === 0 ? 0 : (sum / rounds) * before) + now, rounds: before + 1 }
    learned.set(about, next)
    return next
  }
  return {
    mean(about, now) {
      const { sum, rounds } = add(about, now)
      return sum / rounds
    },
    standing(about, now) {
      return standingOf(add(about, now))
    },
    learned,
  }
}

/**
 * For each client the one that it is most alike, by what `add` makes of the two names and their cosine in this round (n × n, row
 * by row).
 */
export function nearestOf(
  add: Rounds['mean'],
  names: readonly string[],
  cosines: Float64Array,
): readonly { readonly to: number; readonly likeness: number }[] {
  const size = names.length
  const nearest = names.map(() => ({ to: -1, likeness: -1 }))
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const [a, b] = names[i]! < names[j]! ? [names[i]!, names[j]!] : [names[j]!, names[i]!]
      const likeness = add(`${a} ${b}`, cosines[i * size + j]!)
      if (likeness > nearest[i]!.likeness) nearest[i] = { to: j, likeness }
      if (likeness > nearest[j]!.likeness) nearest[j] = { to: i, likeness }
    }
  }
  return nearest
}
