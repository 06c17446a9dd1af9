import { asUtf8, encodingOf } from './encoding.ts'
import { broken, type FormatItem, type FormatReader } from './format.ts'
import { isBlank, lineBatches, type Line } from './lines.ts'

/** JSON Lines: one value per line; blank lines are ignored. */
export const jsonlReader: FormatReader = {
  name: 'jsonl',
  recognises(name, head) {
    if (/\.(jsonl|ndjson|jsonlines)$/i.test(name)) return true
    return /\.(json|csv|tsv|tab)$/i.test(name) && firstLineIsObject(head)
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

/** Many `.json` files are JSON Lines, and some by the name of a table, whose header is no object: told by a first line that is one and is not the whole file. */
function firstLineIsObject(head: Uint8Array): boolean {
  const text = Buffer.from(head)
    .toString('utf8')
    .replace(/^[\ufeff\s]+/, '')
  const end = text.indexOf('\n')
  if (!text.startsWith('{') || end < 0) return false
  try {
    JSON.parse(text.slice(0, end))
    return true
  } catch {
    return false
  }
}
