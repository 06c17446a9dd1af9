import type { Grouping } from '../../view/samples.ts'

/** Texts of more words are written once, but for copies and forms; so are those of more characters, of fewer where words are not set apart, and addresses and numbers. */
const MOST_WORDS = 5
const MOST_CHARACTERS = 40
const MOST_UNSPACED = 10
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const ADDRESS_OR_NUMBER = /:\/\/|[@#\p{N}]/u
/** A phrase recurs where so many records hold it. */
const RECURS = 3
/** Texts are talk where so many phrases recur. */
const LEAST_PHRASES = 8
/** A natural phrase is said at most so many times as often as the next one below it. */
const AS_OFTEN = 3
/** Of so large a share of a group the texts are phrases, and the labels one. */
const MOSTLY = 0.9
/** Copies bear one label by chance at most once in so many windows: Chernoff's bound, over all phrases of the window. */
const SELDOM = 1000

/**
 * Those of the groups of near-copies that are phrases, as `Okay.` and `What?` are in talk: texts of a few words, in a window where many such recur, some a little more often than
 * others. People say the same where they say little, so that their number is no evidence. Copies of a phrase whose records bear one label beyond chance are none of these, unless
 * others bear another one: greetings are labelled as greetings, and thanks as thanks.
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
  const often = oftenByNature(phrases)
  if (often.length <= LEAST_PHRASES) return new Set()
  if (labels === null) return new Set(often)
  const least = Math.log(SELDOM * phrases.length)
  const ofOneLabel = often.flatMap((members) => {
    const { label, nats } = oneLabel(members, labels)
    return nats > least ? [{ members, label }] : []
  })
  const ofLabel = (label: number) => ofOneLabel.filter((one) => one.label === label).length
  const planted = new Set(
    ofOneLabel.filter(({ label }) => 3 * ofLabel(label) > 2 * ofOneLabel.length).map(({ members }) => members),
  )
  return new Set(often.filter((members) => !planted.has(members)))
}

/** The phrases below the first that is said far more often than the next one below it. */
function oftenByNature(phrases: readonly Int32Array[]): Int32Array[] {
  const ascending = phrases.toSorted((a, b) => a.length - b.length || a[0]! - b[0]!)
  const end = ascending.findIndex(
    ({ length }, at) => length > AS_OFTEN * (at === 0 ? RECURS : ascending[at - 1]!.length),
  )
  return end < 0 ? ascending : ascending.slice(0, end)
}

function isPhrase(text: string): boolean {
  const { length } = text.trim()
  if (length > (UNSPACED.test(text) ? MOST_UNSPACED : MOST_CHARACTERS) || ADDRESS_OR_NUMBER.test(text)) return false
  let words = 0
  for (const _ of text.matchAll(/\p{L}+(?:['’]\p{L}+)*/gu)) if (++words > MOST_WORDS) return false
  return true
}

/** The label that most members bear (the number of labels where they bear none), and how seldom chance gives so many of it, in nats at least; 0 where fewer than most bear one. */
function oneLabel(members: Int32Array, labels: Grouping): { readonly label: number; readonly nats: number } {
  const none = labels.names.length
  const counts = new Map<number, number>()
  for (const i of members) {
    const label = labels.of[i]! < 0 ? none : labels.of[i]!
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  const [label, most] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))
  const all = labels.of.length
  const labelled = labels.counts.reduce((sum, count) => sum + count, 0)
  const usual = (label === none ? all - labelled : labels.counts[label]!) / all
  const share = most / members.length
  if (share < MOSTLY || share <= usual) return { label, nats: 0 }
  const others = share < 1 ? (1 - share) * Math.log((1 - share) / (1 - usual)) : 0
  return { label, nats: members.length * (share * Math.log(share / usual) + others) }
}
