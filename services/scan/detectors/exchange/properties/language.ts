import { wordsOf } from '../grams/grams.ts'

/**
 * For each language: its name, its most frequent words of grammar, and a pattern of its name in this and other
 * languages.
 */
const LANGUAGES: readonly (readonly [name: string, words: string, named: RegExp])[] = [
  [
    'English',
    'the of and to in is that it for was with as are this be on you not have from by or an at',
    /english|ingl[eé]s|anglais|englisch/i,
  ],
  [
    'Spanish',
    'de la el que en y los se del las por un con una su para es al lo como más pero sus le ya este no',
    /spanish|espa[nñ]ol|castellano|espagnol|spanisch/i,
  ],
  [
    'French',
    'de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec',
    /french|fran[cç]ais|franc[eé]s|franz[oö]sisch/i,
  ],
  [
    'German',
    'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat',
    /german|deutsch|alem[aá]n|allemand/i,
  ],
  [
    'Italian',
    'di e il la che in un a per è una sono non del della con le si dei al nel gli i da più alla questo',
    /italian|italien/i,
  ],
  [
    'Portuguese',
    'de a o que e do da em um para é com não uma os no se na por mais as dos como mas ao ele',
    /portugu|portugais/i,
  ],
  [
    'Dutch',
    'de het een van en in is dat op te zijn met voor niet aan er om ook als bij maar hij door naar uit',
    /dutch|nederlands|holand|holländ/i,
  ],
  [
    'Polish',
    'w i na z się do nie to jest że o jak po od za co przez dla ale są tym był',
    /polish|polsk|polaco|polnisch/i,
  ],
]
/** Scripts, and how texts name the languages that are written in them. */
const SCRIPTS: readonly (readonly [name: string, named: RegExp])[] = [
  ['Cyrillic', /cyrillic|russian|ukrainian|bulgarian|serbian|macedonian|belarus|kazakh|mongolian|кирил|русск|україн/i],
  ['Greek', /greek|ελλην/i],
  ['Arabic', /arabic|persian|farsi|urdu|pashto|العربية|عربي|فارسی/i],
  ['Hebrew', /hebrew|yiddish|עברית/i],
  ['Devanagari', /devanagari|hindi|marathi|nepali|sanskrit|हिन्दी|हिंदी/i],
  ['Thai', /thai|ไทย/i],
  ['Hangul', /hangul|korean|한국/i],
  ['Hiragana', /hiragana|japanese|日本/i],
  ['Han', /chinese|mandarin|cantonese|japanese|kanji|中文|汉语|漢語|日本/i],
]
const OF_SCRIPT = SCRIPTS.map(([name]) => [name, new RegExp(String.raw`\p{Script=${name}}`, 'gu')] as const)
const WORDS = LANGUAGES.map(
  ([name, words]) => [name, new Set(words.split(' ').filter(({ length }) => length > 1))] as const,
)
/**
 * A text is in a language when it holds at least `FEWEST` different words of its grammar, which make up at least
 * `SHARE` of the words and are `BEFORE_OTHERS` times as many as any other language has. One word alone may belong to
 * several languages.
 */
const FEWEST = 3
const SHARE = 1 / 6
const BEFORE_OTHERS = 1.5
/** Words that are read. */
const READ = 60
const LETTERS = /\p{L}/gu
const WORD = /^\p{L}+$/u
const MOSTLY = 0.5

/**
 * The language of a text's beginning by its words of grammar, or its script by its letters; null where neither is
 * clear.
 */
export function languageOf(text: string): string | null {
  const begin = text.slice(0, 8 * READ)
  const letters = begin.match(LETTERS)?.length ?? 0
  if (/[^\p{Script=Latin}\P{L}]/u.test(begin))
    for (const [name, of] of OF_SCRIPT) if ((begin.match(of)?.length ?? 0) > MOSTLY * letters) return name
  const words = wordsOf(begin)
    .filter((word) => WORD.test(word))
    .slice(0, READ)
  const counts = WORDS.map(([name, of]) => {
    const told = words.filter((word) => of.has(word))
    return { name, count: told.length, kinds: new Set(told).size }
  })
  const [first, second] = counts.sort((a, b) => b.count - a.count)
  const isTold = first!.kinds >= FEWEST && first!.count >= Math.max(SHARE * words.length, BEFORE_OTHERS * second!.count)
  return isTold ? first!.name : null
}

/** Whether a text names that language, such as a request for it; for a script, any language with its own script. */
export function namesLanguage(text: string, language: string): boolean {
  const named = LANGUAGES.find(([name]) => name === language)?.[2] ?? SCRIPTS.find(([name]) => name === language)?.[1]
  return named?.test(text) ?? false
}
