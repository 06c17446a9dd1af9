import { CodeUnits } from './code-units.ts'
import { LONGEST, Spellings } from './spellings.ts'

/** The words of a window's texts in the order they stand: those of text i are `ids[offsets[i] … offsets[i+1])`. */
export interface Vocabulary {
  readonly n: number
  readonly words: readonly string[]
  readonly offsets: Int32Array
  readonly ids: Int32Array
}

/** Lower-cased runs of anything but white space, of up to 30 characters: longer ones are data, a digest, a line of base64. Ids in order of first appearance. */
export function splitWords(texts: readonly string[]): Vocabulary {
  const spellings = new Spellings()
  const words: string[] = []
  const offsets = new Int32Array(texts.length + 1)
  let ids = new Int32Array(1 << 16)
  let used = 0
  // By spelling: its word, once that is known.
  const idOfSpelling: (number | undefined)[] = []
  const long = new Map<string, number>()
  const lowerCased = new CodeUnits()
  /** The number of what a spelling becomes in lower case. */
  const idOf = (spelling: number, raw: string) => {
    const word = raw.toLowerCase()
    if (word === raw) return (idOfSpelling[spelling] = words.push(word) - 1)
    // One character may become two.
    const same = word.length > LONGEST ? -1 : spellings.numberOf(lowerCased.read(word), 0, word.length)
    const id = (same < 0 ? long.get(word) : idOfSpelling[same]) ?? words.push(word) - 1
    if (same < 0) long.set(word, id)
    else idOfSpelling[same] = id
    return (idOfSpelling[spelling] = id)
  }
  const units = new CodeUnits()
  texts.forEach((text, i) => {
    const characters = units.read(text)
    for (let start = 0, at = 0; at <= text.length; at++) {
      if (at < text.length && IS_SPACE[characters[at]!] === 0) continue
      if (at > start && at - start <= LONGEST) {
        const spelling = spellings.numberOf(characters, start, at)
        if (used === ids.length) ids = doubled(ids)
        ids[used++] = idOfSpelling[spelling] ?? idOf(spelling, text.slice(start, at))
      }
      start = at + 1
    }
    offsets[i + 1] = used
  })
  return { n: texts.length, words, offsets, ids: ids.slice(0, used) }
}

function doubled(ids: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(ids.length * 2)
  larger.set(ids)
  return larger
}

/** White space as regular expressions have it, by code unit. */
const IS_SPACE = Uint8Array.from({ length: 0x10000 }, (_, code) => Number(/\s/.test(String.fromCharCode(code))))
