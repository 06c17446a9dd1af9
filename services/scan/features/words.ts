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
  const words: string[] = []
  const offsets = new Int32Array(texts.length + 1)
  let ids = new Int32Array(1 << 16)
  let used = 0
  texts.forEach((text, i) => {
    for (const [raw] of text.matchAll(/\S+/gu)) {
      if (raw.length > LONGEST) continue
      const word = raw.toLowerCase()
      let id = idOf.get(word)
      if (id === undefined) {
        id = words.length
        idOf.set(word, id)
        words.push(word)
      }
      if (used === ids.length) {
        const larger = new Int32Array(used * 2)
        larger.set(ids)
        ids = larger
      }
      ids[used++] = id
    }
    offsets[i + 1] = used
  })
  return { n: texts.length, words, offsets, ids: ids.slice(0, used) }
}
