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
  const idOf = new Map<string, number>()
  // A spelling is lower-cased once, however often it stands there.
  const idOfSpelling: number[] = []
  const words: string[] = []
  const offsets = new Int32Array(texts.length + 1)
  let ids = new Int32Array(1 << 16)
  let used = 0
  const lowered = (raw: string) => {
    const word = raw.toLowerCase()
    let id = idOf.get(word)
    if (id === undefined) {
      id = words.length
      idOf.set(word, id)
      words.push(word)
    }
    return id
  }
  texts.forEach((text, i) => {
    for (let at = 0; at <= text.length; at++) {
      const code = at < text.length ? text.charCodeAt(at) : SPACE
      if (!isSpace(code)) {
        spellings.read(code)
        continue
      }
      const length = spellings.length
      if (length > 0 && length <= LONGEST) {
        const spelling = spellings.take()
        if (spelling === idOfSpelling.length) idOfSpelling.push(lowered(text.slice(at - length, at)))
        if (used === ids.length) ids = doubled(ids)
        ids[used++] = idOfSpelling[spelling]!
      }
      spellings.clear()
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

const SPACE = 0x20

/** White space as regular expressions have it (ECMA-262, WhiteSpace and LineTerminator). */
function isSpace(code: number): boolean {
  if (code < 0xa0) return code === SPACE || (code >= 9 && code <= 13)
  if (code < 0x1680) return code === 0xa0
  return (code >= 0x2000 && code <= 0x200a) || OTHER_SPACES.has(code)
}

const OTHER_SPACES = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff])
