import type { Grouping } from '../../view/samples.ts'

/** Texts of more words, or of more characters where words are not set apart, are written once, but for copies and forms. */
const MOST_WORDS = 5
const MOST_CHARACTERS = 40
/** A phrase recurs where so many records hold it. */
const RECURS = 3
/** Texts are talk where so many phrases recur. */
const LEAST_PHRASES = 8
/** Of so large a share of a group the texts are phrases, and the labels one. */
const MOSTLY = 0.9
/** Copies bear one label by chance at most once in so many windows: Chernoff's bound, over all phrases of the window. */
const SELDOM = 1000

/**
 * Those of the groups of near-copies that are phrases, as `Okay.` and `What?` are in talk: texts of a few words, in a window where many such recur. People say
 * the same where they say little, so that their number is no evidence. A phrase is no such one where its labels are the same beyond chance, and
 * those of the other phrases are not.
 */
export function recurringPhrases(
  texts: readonly string[],
  groups: readonly Int32Array[],
  labels: Grouping | null,
): ReadonlySet<Int32Array> {
  const phrases = groups.filter(
    (members) =>
      members.length >= RECURS && members.filter((i) => isPhrase(texts[i]!)).length >= MOSTLY * members.length,
  )
  if (phrases.length <= LEAST_PHRASES) return new Set()
  if (labels === null) return new Set(phrases)
  const least = Math.log(SELDOM * phrases.length)
  const large = phrases.filter((members) => members.length * -Math.log(usualShare(members, labels)) > least)
  const ofOneLabel = new Set(large.filter((members) => oneLabel(members, labels) > least))
  // Where most that could be so bear one label, greetings are labelled as greetings.
  return new Set(2 * ofOneLabel.size > large.length ? phrases : phrases.filter((members) => !ofOneLabel.has(members)))
}

function isPhrase(text: string): boolean {
  if (text.trim().length > MOST_CHARACTERS) return false
  let words = 0
  for (const _ of text.matchAll(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu)) if (++words > MOST_WORDS) return false
  return true
}

/** How seldom chance gives members so many records of one label, in nats at least; 0 where fewer than most have one. */
function oneLabel(members: Int32Array, labels: Grouping): number {
  const share = mostOf(members, labels).count / members.length
  const usual = usualShare(members, labels)
  if (share < MOSTLY || share <= usual) return 0
  const others = share < 1 ? (1 - share) * Math.log((1 - share) / (1 - usual)) : 0
  return members.length * (share * Math.log(share / usual) + others)
}

/** The share of all records that the most frequent label of the members has. */
function usualShare(members: Int32Array, labels: Grouping): number {
  return labels.counts[mostOf(members, labels).label]! / labels.of.length
}

function mostOf(members: Int32Array, labels: Grouping): { readonly label: number; readonly count: number } {
  const counts = new Int32Array(labels.names.length)
  for (const i of members) if (labels.of[i]! >= 0) counts[labels.of[i]!]!++
  const count = Math.max(...counts)
  return { label: counts.indexOf(count), count }
}
