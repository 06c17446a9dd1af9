/** Invisible characters: zero-width characters, tags, marks of text direction, fillers. */
const HIDDEN = /[\p{Cf}\u115F\u1160\u3164]/gu
/**
 * A Latin letter beside a Greek or Cyrillic one, which is read in linear time; and a Cyrillic letter by itself, in a
 * text without Cyrillic words. Within three letters of U+FFFD, which stands for what a decoder could not read, letters
 * of any script are met: they are not what was written.
 */
const MIXED =
  /(?:\p{Script=Latin}[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}]\p{Script=Latin})(?<!\uFFFD\p{L}{2,5})(?!\p{L}{0,3}\uFFFD)/u
const ALONE = /(?<![\p{L}\uFFFD])\p{Script=Cyrillic}(?![\p{L}\uFFFD])/u
const GREEK_OR_CYRILLIC = /[\p{Script=Cyrillic}\p{Script=Greek}]/u
const CYRILLIC = /\p{Script=Cyrillic}{2}/u
/** Letters of the phonetic alphabet, and those that it has from Greek: in a transcription they are where they belong. */
const PHONETIC = /[\u0250-\u02AF]/
const PHONETIC_GREEK = /[βθχ]/gu
const BEYOND_ASCII = /[^\0-\x7F]/
const INVISIBLE = 'the invisible character '
const LOOK_ALIKE = 'look-alike letters of another script within a word'
export const CAPITALS = 'capitals throughout'
const SHORTEST_IN_CAPITALS = 13
export const BLANKS = 'two blanks between words'
/** Two blanks between words; a text with more of them than `MOST_BLANKS` is a table. */
export const TWO_BLANKS = /[\p{L}\p{N}][,;)"'”’]? {2,}[\p{Ll}\p{N}("'“]/gu
export const MOST_BLANKS = 2
export const BY_TURNS = /(?:\p{Ll}\p{Lu}){2}/u
const TURNS = 'capitals by turns within a word'

/**
 * Whether a property is an invisible character or a look-alike letter, which nobody writes on purpose (Boucher et al.
 * 2022, Bad Characters).
 */
export function isOddCharacter(property: string): boolean {
  return property === LOOK_ALIKE || property.startsWith(INVISIBLE)
}

/** The properties of a text by its characters: invisible ones, and look-alike letters. */
export function oddCharacters(text: string): string[] {
  // most texts: none of what is looked for is ASCII
  if (!BEYOND_ASCII.test(text)) return []
  const found = new Set<string>()
  for (const [character] of text.matchAll(HIDDEN))
    found.add(`${INVISIBLE}U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)
  if (!GREEK_OR_CYRILLIC.test(text)) return [...found]
  const read = PHONETIC.test(text) ? text.replaceAll(PHONETIC_GREEK, '') : text
  if (MIXED.test(read) || (ALONE.test(text) && !CYRILLIC.test(text))) found.add(LOOK_ALIKE)
  return [...found]
}

/** Whether a text is written in capitals throughout. */
export function isInCapitals(text: string): boolean {
  // a small letter ends most texts' reading at once
  if (text.length < SHORTEST_IN_CAPITALS || /[a-z]/.test(text)) return false
  return text === text.toUpperCase() && /\p{Lu}{4}/u.test(text)
}

/** Whether these words name a property of `typedOddly`, and are none of a text. */
export function isTyping(words: string): boolean {
  return isOddCharacter(words) || [CAPITALS, BLANKS, TURNS].includes(words)
}

/** The properties of a labelled text by how it is typed, which its words do not show. */
export function typedOddly(text: string): string[] {
  const blanks = text.match(TWO_BLANKS)?.length ?? 0
  return [
    ...oddCharacters(text),
    ...(isInCapitals(text) ? [CAPITALS] : []),
    ...(blanks > 0 && blanks <= MOST_BLANKS ? [BLANKS] : []),
    ...(BY_TURNS.test(text) ? [TURNS] : []),
  ]
}
