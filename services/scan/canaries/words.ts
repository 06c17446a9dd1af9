import type { Random } from '#core/random.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const WORDS = 60

/** A random word of three to eight letters, which is a word of a language only by chance. */
export function wordOf(random: Random): string {
  return Array.from({ length: 3 + random.below(6) }, () => LETTERS[random.below(LETTERS.length)]).join('')
}

export function garbageText(random: Random, words = WORDS): string {
  return Array.from({ length: words }, () => wordOf(random)).join(' ')
}
