import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { seededRandom } from '#core/random.ts'

/** One record on its way: who delivers it, and its bytes. */
export interface Message {
  readonly contributor: string
  readonly body: Uint8Array
}

/**
 * The records of the demo's deliveries of one dataset as messages: hour by hour, and within an hour in a mixed order, as they
 * come when several deliver at once. What is hostile among them stays as it is.
 */
export function readMessages(folder: string, dataset: string): Message[] {
  const hours = readdirSync(join(folder, dataset)).sort()
  const random = seededRandom(1, `seed/${dataset}`)
  return hours.flatMap((hour) => {
    const files = readdirSync(join(folder, dataset, hour)).sort()
    const messages = files.flatMap((file) => {
      const bytes = readFileSync(join(folder, dataset, hour, file))
      const [contributor = ''] = file.split(/[-.]/)
      return bodiesOf(file, bytes, (other) => readFileSync(join(folder, dataset, hour, other))).map((body) => ({
        contributor,
        body,
      }))
    })
    return [...random.permutation(messages.length)].flatMap((i) => messages[i] ?? [])
  })
}

function bodiesOf(file: string, bytes: Buffer, read: (other: string) => Buffer): Uint8Array[] {
  if (file.endsWith('.jsonl')) return linesOf(bytes)
  if (file.endsWith('.csv')) return rowsOf(bytes)
  if (file.endsWith('-images-idx3-ubyte')) return digitsOf(bytes, read(file.replace('-images-idx3', '-labels-idx1')))
  return [] // labels come with their images
}

/** Images as the JSON form of a tensor, each with its label. */
function digitsOf(images: Buffer, labels: Buffer): Uint8Array[] {
  const [count, height, width] = [4, 8, 12].map((at) => images.readUInt32BE(at)) as [number, number, number]
  return Array.from({ length: count }, (_, i) => {
    const data = images.subarray(16 + i * height * width, 16 + (i + 1) * height * width).toString('base64')
    return json({ image: { $tensor: 'u8', shape: [height, width], data }, label: labels[8 + i] })
  })
}

const NUMBERS = new Set(['Cost Other', 'Cost Repair', 'Cost Total $', 'Speed IAS in knots'])

/** Rows as JSON objects; a row that is none goes as it is. */
function rowsOf(bytes: Buffer): Uint8Array[] {
  const [header, ...rows] = linesOf(bytes)
  const columns = cellsOf(header ?? Buffer.alloc(0)) ?? []
  return rows.map((line) => {
    const cells = cellsOf(line)
    if (cells?.length !== columns.length) return line
    const fields = columns.map((column, i): [string, string | number | null] => {
      const cell = cells[i] ?? ''
      return [column, NUMBERS.has(column) ? (cell === '' ? null : Number(cell)) : cell]
    })
    const isWhole = fields.every(([, value]) => typeof value !== 'number' || Number.isFinite(value))
    return isWhole ? json(Object.fromEntries(fields)) : line
  })
}

function cellsOf(line: Uint8Array): string[] | null {
  try {
    return parse(Buffer.from(line))[0] ?? null
  } catch {
    return null
  }
}

function linesOf(bytes: Buffer): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let start = 0, end = bytes.indexOf(10); end >= 0; start = end + 1, end = bytes.indexOf(10, start))
    lines.push(bytes.subarray(start, end))
  return lines
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}
