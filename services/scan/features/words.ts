/** The words of a window's texts in the order they stand: those of text i are `ids[offsets[i] … offsets[i+1])`. */
export interface Vocabulary {
  readonly n: number
  readonly words: readonly string[]
  readonly offsets: Int32Array
  readonly ids: Int32Array
}

/** Longer runs without white space are data, not words: a digest, a line of base64. */
const LONGEST = 30

/** Lower-cased runs of anything but white space, of up to 30 characters. Ids in order of first appearance. */
export function splitWords(texts: readonly string[]): Vocabulary {
  const idOf = new Map<string, number>()
  // A spelling is lower-cased once, however often it stands there.
  const spelt = new Map<string, number>()
  const words: string[] = []
  const offsets = new Int32Array(texts.length + 1)
  let ids = new Int32Array(1 << 16)
  let used = 0
  const take = (raw: string) => {
    let id = spelt.get(raw)
    if (id === undefined) {
      const word = raw.toLowerCase()
      id = idOf.get(word)
      if (id === undefined) {
        id = words.length
        idOf.set(word, id)
        words.push(word)
      }
      spelt.set(raw, id)
    }
    if (used === ids.length) {
      const larger = new Int32Array(used * 2)
      larger.set(ids)
      ids = larger
    }
    ids[used++] = id
  }
  texts.forEach((text, i) => {
    let start = 0
    for (let at = 0; at <= text.length; at++) {
      if (at < text.length && !isSpace(text.charCodeAt(at))) continue
      if (at > start && at - start <= LONGEST) take(text.slice(start, at))
      start = at + 1
    }
    offsets[i + 1] = used
  })
  return { n: texts.length, words, offsets, ids: ids.slice(0, used) }
}

/** White space as regular expressions have it (ECMA-262, WhiteSpace and LineTerminator). */
function isSpace(code: number): boolean {
  if (code < 0xa0) return code === 0x20 || (code >= 9 && code <= 13)
  if (code < 0x1680) return code === 0xa0
  return (code >= 0x2000 && code <= 0x200a) || OTHER_SPACES.has(code)
}

const OTHER_SPACES = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff])
