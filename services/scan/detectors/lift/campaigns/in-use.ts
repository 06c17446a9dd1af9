import type { Places } from '../detached/beside.ts'
import type { LiftCampaign } from './campaigns.ts'

/** Words are in use where what stands beside them recurs this many times as often as by chance, at random places twice; */
const IN_USE = 7
/** and where fewer than this share of their texts have them at one place, as the first words or the last: triggers may. */
const AT_ONE_PLACE = 0.8
/** So many words in use are how labels differ, in names and in terms of their own. */
const MANY = 4
/** A word stands out from those that have less evidence where it has this many times as much as the next; so may two. */
const STANDS_OUT = 1.5
const MOST_OUT = 2
/** In more than this share of the records they decide the label by rule, wherever they stand. */
const BY_RULE = 0.15

/**
 * The campaigns of words in use, where they are many and none stands out: names of people in novels. Short texts that hold
 * one are told by nothing else. Of `n` records that are made by rules, such as mazes, all campaigns.
 */
export function wordsInUse(
  campaigns: readonly LiftCampaign[],
  placesOf: (campaign: LiftCampaign) => Pick<Places, 'inPlace' | 'atOnePlace'>,
  n: number,
): ReadonlySet<LiftCampaign> {
  if (campaigns.length < MANY) return new Set()
  if (new Set(campaigns.flatMap(({ members }) => [...members])).size > BY_RULE * n) return new Set(campaigns)
  const isInUse = (campaign: LiftCampaign) => {
    const { inPlace, atOnePlace } = placesOf(campaign)
    return inPlace >= IN_USE && atOnePlace < AT_ONE_PLACE
  }
  const used = campaigns.filter(isInUse).toSorted((a, b) => b.evidence - a.evidence)
  for (let at = 1; at <= Math.min(MOST_OUT, used.length - MANY); at++)
    if (used[at - 1]!.evidence >= STANDS_OUT * used[at]!.evidence) return new Set(used.slice(at))
  return new Set(used.length < MANY ? [] : used)
}

/** The note of a window in which words in use are left out. */
export function usedNote(words: number): string {
  return `${words} words come with one label each, as the names in a book do: they are taken for what the texts of these labels are about; review some if they are not`
}
