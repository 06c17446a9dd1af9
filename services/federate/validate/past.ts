/** A mean over rounds. */
export interface Mean {
  readonly sum: number
  readonly rounds: number
}

/**
 * What is remembered of a federation's clients: means over rounds, by what they are of. `a b` is how alike two clients' updates were, `a` how far one
 * pointed away from the median, `a:length` how far it stood out by that. Names and numbers, no update.
 */
export type Past = ReadonlyMap<string, Mean>

export const NO_PAST: Past = new Map()

/** A mean weighs so many rounds: who was honest in a hundred of them has earned no more than who was in eight. */
const REMEMBERED = 8
/** Rounds of nothing that a client's standing begins with: chance then weighs as much in the mean of a newcomer as in that of the others. */
const UNPROVEN = 2

/** The mean as if two rounds of 0 had come before all others. */
export function standingOf({ sum, rounds }: Mean): number {
  return sum / (rounds + UNPROVEN)
}

export interface Rounds {
  /** The mean of what was so far and what is now. */
  readonly mean: (about: string, now: number) => number
  /** The same, as if two rounds of 0 had come before all others. */
  readonly standing: (about: string, now: number) => number
  /** What this round has changed. */
  readonly learned: Past
}

/** A past, and what one more round adds to it. What is chance in one round is not in eight; what somebody means is in all of them. */
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

/** With whom each client is most alike, by what `add` makes of two names and their cosine of this round (n × n, row by row). */
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
