import { asUtf8, encodingOf } from './encoding.ts'
import { broken, type FormatItem, type FormatReader } from './format.ts'
import { isBlank, lineBatches, type Line } from './lines.ts'

/** JSON Lines: one value per line; blank lines are ignored. */
export const jsonlReader: FormatReader = {
  name: 'jsonl',
  recognises(name, head) {
    if (/\.(jsonl|ndjson|jsonlines)$/i.test(name)) return true
    if (/\.json$/i.test(name)) return objectInFirstLine(head) === 'before others'
    return /\.(csv|tsv|tab)$/i.test(name) && objectInFirstLine(head) !== null
  },
  async *read(file, from, limits) {
    let index = 0
    const encoding = encodingOf(await file.head())
    const text = asUtf8(file.stream(), encoding === 'windows-1252' ? 'utf-8' : encoding) // JSON is Unicode, so never Windows-1252
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

/**
 * Whether the first line is an object, and whether it is the whole file. Many `.json` files are JSON Lines: told by such a line before
 * others. Some are called a table, whose header is no object: told by such a line alone.
 */
function objectInFirstLine(head: Uint8Array): 'before others' | 'alone' | null {
  const text = Buffer.from(head)
    .toString('utf8')
    .replace(/^[\ufeff\s]+/, '')
  const end = text.indexOf('\n')
  if (!text.startsWith('{')) return null
  try {
    JSON.parse(end < 0 ? text : text.slice(0, end))
    return end < 0 ? 'alone' : 'before others'
  } catch {
    return null
  }
}
