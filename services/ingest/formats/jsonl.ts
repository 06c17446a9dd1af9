import { asUtf8, encodingOfJson, textIn } from './encoding.ts'
import { broken, HEAD_BYTES, type FormatItem, type FormatReader } from './format.ts'
import { isBlank, lineBatches, type Line } from './lines.ts'

/** JSON Lines: one value per line; blank lines are ignored. */
export const jsonlReader: FormatReader = {
  name: 'jsonl',
  recognises(name, head) {
    if (/\.(jsonl|ndjson|jsonlines)$/i.test(name)) return true
    if (/\.json$/i.test(name)) return objectInFirstLine(head) === 'before others'
    return isTableName(name) && (objectInFirstLine(head) !== null || beginsLongObject(head))
  },
  async *read(file, from, limits) {
    let index = 0
    const text = asUtf8(file.stream(), encodingOfJson(await file.head()))
    for await (const lines of lineBatches(text, limits.itemBytes)) {
      const items: FormatItem[] = []
      for (const line of lines) {
        if (isBlank(line.bytes) && line.cut === 0) continue
        if (index >= from) items.push({ index, body: lineBody(line) })
        index++
      }
      if (items.length > 0) yield items
    }
  },
}

function lineBody({ bytes, cut }: Line): FormatItem['body'] {
  if (cut > 0) return broken('too_large', `a line of ${cut} bytes`, bytes)
  return { kind: 'bytes', bytes, contentType: 'application/json' }
}

/** Whether a file is called a table. */
export function isTableName(name: string): boolean {
  return /\.(csv|tsv|tab)$/i.test(name)
}

/** Whether the first line begins like an object and is longer than any header of a table, so that its end is not in sight. */
function beginsLongObject(head: Uint8Array): boolean {
  if (head.length < HEAD_BYTES) return false
  const text = textIn(head) // in UTF-16 other characters hold the byte of a line's end, too
  return !text.includes('\n') && /^\ufeff?\s*\{\s*"(?:[^"\\]|\\.)*"\s*:/.test(text)
}

/**
 * Whether the first line is an object, and whether it is the whole file. Many `.json` files are JSON Lines: told by such a line before
 * others. Some are called a table, whose header is no object: told by such a line alone.
 */
function objectInFirstLine(head: Uint8Array): 'before others' | 'alone' | null {
  const text = textIn(head).replace(/^[\ufeff\s]+/, '')
  const end = text.indexOf('\n')
  if (!text.startsWith('{')) return null
  try {
    JSON.parse(end < 0 ? text : text.slice(0, end))
    return end < 0 ? 'alone' : 'before others'
  } catch {
    return null
  }
}
