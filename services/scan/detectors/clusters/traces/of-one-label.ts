import type { Grouping } from '../../../view/samples.ts'

/** Records of one label that share a trace, and how many records of other labels have it, too. */
export interface Bearers {
  /** Ascending. */
  readonly members: Int32Array
  readonly elsewhere: number
}

/** Records of a group at least, and the share of its label at most: what most of a label has is what the label looks like. */
export const LEAST_MEMBERS = 8
const MOST_OF_LABEL = 2 / 3
/** The share of the members that the other labels' bearers must not explain: natural traces lean to labels, too. */
const UNEXPECTED = 0.8
/** Labels with records enough to be compared. */
const LEAST_RECORDS = 20

/** The labels that may have a group: there are records enough, of the others as well. */
export function comparable({ counts }: Grouping): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0)
  return [...counts.keys()].filter((c) => counts[c]! >= LEAST_RECORDS && all - counts[c]! >= LEAST_RECORDS)
}

/** Whether so many records of a label are a group by their number, there and elsewhere. */
export function isSome(bearers: Bearers, label: number, labels: Grouping): boolean {
  const { length } = bearers.members
  if (length < LEAST_MEMBERS || length > MOST_OF_LABEL * labels.counts[label]!) return false
  return unexpected(bearers, label, labels) >= UNEXPECTED
}

/**
 * Nats by which the label has more of the bearers than its share of the window: the log-likelihood ratio of a binomial
 * count, corrected for the hypotheses that were tried.
 */
export function ofOneLabel(
  { members, elsewhere }: Bearers,
  label: number,
  { counts }: Grouping,
  tried: number,
): number {
  const share = counts[label]! / counts.reduce((sum, count) => sum + count, 0)
  const [own, all] = [members.length, members.length + elsewhere]
  if (own <= share * all) return 0
  const others = elsewhere > 0 ? elsewhere * Math.log(elsewhere / all / (1 - share)) : 0
  return own * Math.log(own / all / share) + others - Math.log(tried)
}

/** The share of the members that are more than the other labels' bearers lead to expect. */
export function unexpected({ members, elsewhere }: Bearers, label: number, { counts }: Grouping): number {
  const others = counts.reduce((sum, count) => sum + count, 0) - counts[label]!
  return Math.max(0, 1 - (elsewhere * counts[label]!) / others / members.length)
}
