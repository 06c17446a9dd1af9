import type { Grouping } from '../../view/samples.ts'

/** A longer text is written once, unless it is a copy or a form; so is a text with an address or a number. */
const MOST_WORDS = 5
const MOST_CHARACTERS = 40
/** The same limit for scripts that write no blanks between words. */
const MOST_UNSPACED = 10
/** A character of a script that writes no blanks between words. */
export const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const ADDRESS_OR_NUMBER = /:\/\/|[@#\p{N}]/u
/** Records that hold a phrase that recurs, at least. */
const RECURS = 3
/** The texts are talk where more phrases than this recur. */
const LEAST_PHRASES = 8
/** A natural phrase comes at most so many times as often as the next less frequent one. */
const AS_OFTEN = 3
/** Share of a group whose texts must be phrases, and, for one label, whose labels must be equal. */
const MOSTLY = 0.9
/**
 * Copies bear one label by chance at most once in so many windows: Chernoff's bound, over all phrases of the window.
 */
const SELDOM = 1000

/**
 * Returns the groups of near-copies that are natural phrases, such as `Okay.` and `What?` in talk: texts of a few
 * words, in a window where many of them recur, some a little more often than others. People repeat short phrases, so
 * that their number is no evidence. A phrase whose records bear one label beyond chance is not natural, if more than
 * two thirds of these phrases bear the same label; else labels go with phrases, as greetings are labelled as greetings,
 * and thanks as thanks.
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

/** The phrases in ascending order of size, up to the first that is far more frequent than the one before it. */
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

/**
 * The most frequent label of the members (`names.length` stands for none), and a lower bound, in nats, of how seldom
 * chance gives so many of it; 0 nats where fewer than `MOSTLY` bear it.
 */
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
