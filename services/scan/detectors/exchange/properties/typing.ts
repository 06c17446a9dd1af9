import { BLANKS, BY_TURNS, MOST_BLANKS, TWO_BLANKS } from '../../../features/odd-typing.ts'
import type { NumberedWords } from '../grams/numbered-words.ts'
import { THROUGHOUT, typedThroughout } from './typed-throughout.ts'

/** Properties of prompts by how they are typed, which their words do not show. */
const CAPITALS = 'capitals within a word'
const TWICE = 'a word said twice'
const TYPED: ReadonlySet<string> = new Set([BLANKS, CAPITALS, TWICE, ...THROUGHOUT])

const REPEATED = /(?<![\p{L}\p{N}_])(\p{L}{2,}) \1(?![\p{L}\p{N}_])/iu
const WORD = /(?<![\p{L}\p{N}_])\p{L}{2,}(?![\p{L}\p{N}_])/gu
const INNER_CAPITAL = /\p{Ll}\p{Lu}/u
/**
 * A word is known when at least `KNOWN` prompts write it in lower case. Capitals within it are odd when at most
 * `SELDOM` times as many prompts write it so.
 */
const KNOWN = 6
const SELDOM = 0.1

/** How one part of a prompt is typed. */
interface Typed {
  readonly blanks: number
  readonly hasTwice: boolean
  /** Its words with a capital after a lower-case letter. */
  readonly capitals: ReadonlySet<string>
}

/**
 * Finds prompts that are typed oddly: two blanks, a word with unusual capitals within it, a word twice in a row, or in one
 * way throughout.
 */
export class Typing {
  readonly #numbers: NumberedWords
  readonly #typed = new Map<string, Typed>()
  readonly #words = new Map<string, ReadonlySet<string>>()

  constructor(numbers: NumberedWords) {
    this.#numbers = numbers
  }

  /** Returns the properties of each prompt, which consists of parts as in `NumberedWords.texts`. */
  oddly(prompts: readonly (readonly string[])[]): readonly (readonly string[])[] {
    const typed = prompts.map((parts) => parts.map((part) => this.#typedIn(part)))
    const own = new Map<string, number>()
    for (const parts of typed) countEach(new Set(parts.flatMap(({ capitals }) => [...capitals])), own)
    const small = this.#frequencyOf(new Set(Array.from(own.keys(), (word) => word.toLowerCase())), prompts)
    const isOdd = (word: string) => {
      const [written, known] = [own.get(word)!, small.get(word.toLowerCase()) ?? 0]
      return (BY_TURNS.test(word) && written < KNOWN) || (known >= KNOWN && written <= SELDOM * known)
    }
    return typed.map((parts, i) => {
      const blanks = parts.reduce((sum, part) => sum + part.blanks, 0)
      return [
        ...(blanks > 0 && blanks <= MOST_BLANKS ? [BLANKS] : []),
        ...(parts.some(({ capitals }) => [...capitals].some(isOdd)) ? [CAPITALS] : []),
        ...(parts.some(({ hasTwice }) => hasTwice) ? [TWICE] : []),
        ...typedThroughout(prompts[i]!.at(-1) ?? ''),
      ]
    })
  }

  #typedIn(part: string): Typed {
    let typed = this.#typed.get(part)
    if (typed === undefined) {
      const words = INNER_CAPITAL.test(part) ? (part.match(WORD) ?? []) : []
      typed = {
        blanks: part.match(TWO_BLANKS)?.length ?? 0,
        hasTwice: REPEATED.test(part),
        capitals: new Set(words.filter((word) => INNER_CAPITAL.test(word))),
      }
      this.#typed.set(part, typed)
    }
    return typed
  }

  /** How many prompts hold each of these words in lower case. Only parts that hold such a word in any case are read. */
  #frequencyOf(small: ReadonlySet<string>, prompts: readonly (readonly string[])[]): Map<string, number> {
    const numbers = new Set(Array.from(small, (word) => this.#numbers.idsOf(word)).flatMap(([number = -1]) => [number]))
    const holds = Uint8Array.from(this.#numbers.words, (_, number) => Number(numbers.has(number)))
    const frequency = new Map<string, number>()
    for (const parts of prompts) {
      const holding = parts.filter((part) => this.#numbers.idsOf(part).some((number) => holds[number] === 1))
      const words = holding.flatMap((part) => [...this.#wordsIn(part)].filter((word) => small.has(word)))
      countEach(new Set(words), frequency)
    }
    return frequency
  }

  #wordsIn(part: string): ReadonlySet<string> {
    let words = this.#words.get(part)
    if (words === undefined) this.#words.set(part, (words = new Set(part.match(WORD))))
    return words
  }
}

function countEach(words: ReadonlySet<string>, counts: Map<string, number>): void {
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
}

/** Whether the property is one of typing, which may be the habit of somebody who writes on one topic. */
export function isOfTyping(property: string): boolean {
  return TYPED.has(property)
}
