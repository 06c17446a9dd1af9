import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { textAt, type Problem } from './files.ts'
import { withoutCode } from './links.ts'

const WORDS = 'docs/playbook/words.txt'
/** Words of a sentence, at most; and the grade of Flesch and Kincaid (1975) of a page, at most: an operator under stress reads it once. */
const LONGEST = 32
const GRADE = 9

interface Speller {
  correct(word: string): boolean
  add(word: string): Speller
}

/** Words that no dictionary and no list of ours has, sentences that are too long, and pages that ask too much. */
export function proseProblems(pages: readonly string[]): Problem[] {
  const speller = openSpeller()
  return pages.flatMap((where) => {
    const text = proseOf(textAt(where))
    const sentences = sentencesOf(text)
    const long = sentences.filter((sentence) => wordsIn(sentence).length > LONGEST)
    const grade = gradeOf(sentences)
    return [
      ...misspelt(speller, where),
      ...long.map((sentence) => ({
        where,
        says: `a sentence of ${wordsIn(sentence).length} words: ${sentence.slice(0, 60)}…`,
      })),
      ...(grade > GRADE ? [{ where, says: `asks for ${grade.toFixed(1)} years of school, not ${GRADE}` }] : []),
    ]
  })
}

/** Words that no dictionary and no list of ours has. */
export function spellingProblems(pages: readonly string[]): Problem[] {
  const speller = openSpeller()
  return pages.flatMap((where) => misspelt(speller, where))
}

function misspelt(speller: Speller, where: string): Problem[] {
  const words = [...proseOf(textAt(where)).matchAll(/[\p{L}][\p{L}’']*/gu)].map(([word]) => word.replaceAll('’', "'"))
  return [...new Set(words)]
    .filter((word) => !isRight(speller, word))
    .map((word) => ({ where, says: `'${word}' is in no dictionary: mend it, or add it to ${WORDS}` }))
}

function openSpeller(): Speller {
  const require = createRequire(import.meta.url)
  const folder = require.resolve('dictionary-en').replace(/index\.js$/, '')
  const nspell = require('nspell') as (aff: Buffer, dic: Buffer) => Speller
  const speller = nspell(readFileSync(`${folder}index.aff`), readFileSync(`${folder}index.dic`))
  for (const word of textAt(WORDS).split(/\s+/)) if (word !== '') speller.add(word)
  return speller
}

function isRight(speller: Speller, word: string): boolean {
  const bare = word.replace(/'s?$/, '')
  return bare.length < 2 || speller.correct(bare) || speller.correct(bare.toLowerCase())
}

/** What is read aloud: no code, no tables' lines, no links' targets, no comments. */
function proseOf(page: string): string {
  return withoutCode(page.replaceAll(/<!--.*?-->/gs, ''))
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/<[^>\n]+>/g, '')
    .replaceAll(/\w[\w-]*(?:[/.]\w[\w.-]*)+/g, '') // paths and addresses
    .replaceAll(/\bCredence[A-Z]\w+/g, '') // alerts
    .replaceAll(/^\|[-: |]+\|$/gm, '')
}

function sentencesOf(text: string): string[] {
  return text
    .replaceAll(/^\|.*$/gm, '') // cells are read one by one
    .replaceAll(/^(?:#+|\d+\.|-) /gm, '\n\n')
    .split(/(?<=[.?!:;])\s+|\n{2,}/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => wordsIn(sentence).length > 1)
}

const wordsIn = (text: string) => text.match(/[\p{L}\d][\p{L}\d’'-]*/gu) ?? []

/** Flesch and Kincaid's grade: 0.39 words a sentence + 11.8 syllables a word − 15.59. */
function gradeOf(sentences: readonly string[]): number {
  const words = sentences.flatMap(wordsIn)
  const syllables = words.reduce((sum, word) => sum + syllablesIn(word), 0)
  return (0.39 * words.length) / sentences.length + (11.8 * syllables) / words.length - 15.59
}

function syllablesIn(word: string): number {
  const groups = word
    .toLowerCase()
    .replace(/(?:[^laeiouy]es|[^laeiouyd]ed|[^l]e)$/, '')
    .match(/[aeiouy]+/g)
  return Math.max(1, groups?.length ?? 1)
}
