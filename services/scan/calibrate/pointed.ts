import type { Pointed } from '../predict/relearnt.ts'
import type { Grouping } from '../view/samples.ts'
import type { Channel, Said } from './channel.ts'

/**
 * Of all groups that push a label, the one with most evidence, and with it the smaller part of that label where a channel
 * has found two in it. Whatever comes to more than half of the label is left out: the rest would be too few to know it by.
 * Null where nothing is left.
 */
export function pointedAt(
  others: readonly Channel[],
  rankings: readonly Said[],
  { of, counts }: Grouping,
): Pointed | null {
  const groups = [
    ...others.flatMap(({ detection, extremes }) => [...detection.groups, ...extremes]),
    ...rankings.flatMap(({ detection }) => detection.extremes ?? []),
  ]
  const [first] = groups.filter(({ label }) => label >= 0).sort((a, b) => b.evidence - a.evidence)
  if (first === undefined) return null
  const { label, members } = first
  const splits = others.filter(({ tags }) => tags.splitsLabels === true)
  const isInPart = (i: number) => of[i] === label && splits.some(({ detection }) => detection.scores[i]! > 0)
  const withPart = new Set([...members, ...Array.from(of.keys()).filter(isInPart)])
  const isEnough = ({ size }: ReadonlySet<number>) => 2 * size <= counts[label]!
  const suspects = [withPart, new Set(members)].find(isEnough)
  return suspects === undefined ? null : { label, members: suspects }
}
