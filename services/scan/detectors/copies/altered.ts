import { UNSPACED } from './phrases.ts'

/** A word is common to a group when at most this share of its texts lack it, and always when one text lacks it. */
const LACKING = 0.2
/** Share of a group's texts, one left aside, that must lack a common word. */
const MANY = 0.2
/** Groups of fewer texts have no common words that one of them could lack. */
const COMPARABLE = 3
/** A word, or one character of a script that writes no blanks, also beside letters of another one. */
const WORD = new RegExp(`${UNSPACED.source}|[[\\p{L}\\p{N}]--${UNSPACED.source}]+`, 'gv')

/**
 * Returns the evidence, in nats, that the copies of a group were altered one by one. Natural near-copies differ in the
 * slots of a form, such as a name or a number, and each of them has what all the others have. Copies that somebody altered
 * so that they are not equal lack words that the others have. The evidence is how seldom the window's `small`
 * groups, which are natural, have such a share of texts that lack a word; 0 when few of its texts lack one.
 */
export function alteredOneByOne(
  texts: readonly string[],
  small: readonly Int32Array[],
): (members: Int32Array) => number {
  const shareOf = (members: Int32Array) => lackingShare(Array.from(members, (i) => texts[i]!))
  let natural: readonly number[] | undefined
  return (members) => {
    const share = shareOf(members)
    if (share <= MANY) return 0
    natural ??= small.filter(({ length }) => length >= COMPARABLE).map(shareOf)
    const asMany = natural.filter((other) => other >= share).length
    // Laplace's rule of succession: one group more of each kind.
    return Math.log((natural.length + 2) / (asMany + 1))
  }
}

/** Returns whether so many copies of a group lack a word that the others have in common that they were altered. */
export const lacksCommonWords = (texts: readonly string[]): boolean => lackingShare(texts) > MANY

/** Share of the texts that lack a word which the others have in common. One text may always lack one. */
function lackingShare(texts: readonly string[]): number {
  const words = texts.map((text) => new Set(text.toLowerCase().match(WORD)))
  const holding = new Map<string, number>()
  for (const own of words) for (const word of own) holding.set(word, (holding.get(word) ?? 0) + 1)
  const most = Math.max(1, Math.floor(LACKING * texts.length))
  const lacked = [...holding].filter(([, count]) => count < texts.length && texts.length - count <= most)
  const lacking = words.filter((own) => lacked.some(([word]) => !own.has(word))).length
  return Math.max(0, lacking - 1) / (texts.length - 1)
}
