import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import avro from 'avsc'
import { writeDeliveries, type Truth } from '#cli/demo/deliveries.ts'

export const DATASETS = ['digits', 'mail', 'strikes'] as const
export type Dataset = (typeof DATASETS)[number]

/** A record on its way: what a producer puts into a stream. */
export interface DayMessage {
  /** Where it stands in the demo's deliveries, which is how it is known whether it was planted. */
  readonly item: string
  readonly contributor: string
  readonly bytes: Uint8Array
}

export interface DayOptions {
  /** Hours of the day whose digits are sent, first and last. */
  readonly digitHours: readonly [number, number]
  /** Of every delivery, so much is sent, from its beginning. */
  readonly share: number
}

export interface Day {
  readonly messages: Readonly<Record<Dataset, readonly DayMessage[]>>
  /** By item, of the whole day. */
  readonly truth: Truth
}

/**
 * The demo's day as messages, in the order of its hours: digits as Avro, e-mails as the JSON lines that they are, bird strikes
 * as JSON objects, and what is hostile as it is. Writes the deliveries first, where they are not in `folder`.
 */
export async function readDay(folder: string, schema: string, { digitHours, share }: DayOptions): Promise<Day> {
  await writeDeliveries(folder, () => {})
  const truth = JSON.parse(readFileSync(join(folder, 'planted.json'), 'utf8')) as Truth
  const hostile = new Set(truth.attacks.flatMap(({ attack, records }) => (attack === 'hostile' ? records : [])))
  const digit = avro.Type.forSchema(JSON.parse(readFileSync(schema, 'utf8')) as avro.Schema)
  const readers: Record<Dataset, (path: string, name: string) => [item: string, bytes: Uint8Array][]> = {
    digits: (path, name) => digits(path, name, digit),
    mail: (path, name) => lines(path).map((line, i) => [`${name}#${i}`, line]),
    strikes: (path, name) => strikes(path, name, hostile),
  }
  const messagesOf = (dataset: Dataset): DayMessage[] => {
    const root = join(folder, 'deliveries', dataset)
    const hours = readdirSync(root).sort()
    return hours.flatMap((hour) => {
      if (dataset === 'digits' && (Number.parseInt(hour) < digitHours[0] || Number.parseInt(hour) > digitHours[1]))
        return []
      const files = readdirSync(join(root, hour)).filter((file) => !file.includes('labels'))
      return files.sort().flatMap((file) => {
        const contributor = /^[a-z]+/.exec(file)?.[0] ?? ''
        const items = readers[dataset](join(root, hour, file), `${hour}/${file}`)
        const sent = items.slice(0, Math.ceil(items.length * share))
        return sent.map(([item, bytes]): DayMessage => ({ item, contributor, bytes }))
      })
    })
  }
  return {
    truth,
    messages: { digits: messagesOf('digits'), mail: messagesOf('mail'), strikes: messagesOf('strikes') },
  }
}

const SIDE = 28

/** An IDX pair as Avro. */
function digits(path: string, name: string, schema: avro.Type): [string, Uint8Array][] {
  const images = readFileSync(path).subarray(16)
  const labels = readFileSync(path.replace('images-idx3', 'labels-idx1')).subarray(8)
  return Array.from(labels, (label, i) => {
    const image = images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)
    return [`${name}#${i}`, schema.toBuffer({ image, label })]
  })
}

/** Lines as bytes: not all of them are text. */
function lines(path: string): Uint8Array[] {
  const bytes = readFileSync(path)
  const all: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start)
    all.push(bytes.subarray(start, end))
    start = end + 1
  }
  return all
}

const NUMBERS = new Set(['Cost Other', 'Cost Repair', 'Cost Total $', 'Speed IAS in knots'])

/** Rows of a CSV file as JSON objects, empty cells as null. */
function strikes(path: string, name: string, hostile: ReadonlySet<string>): [string, Uint8Array][] {
  const [header = new Uint8Array(0), ...rows] = lines(path)
  const columns = cells(header)
  return rows.map((row, i) => {
    const item = `${name}#${i}`
    if (hostile.has(item)) return [item, row]
    const values = cells(row).map((cell, k) => {
      if (cell === '') return null
      return NUMBERS.has(columns[k] ?? '') ? Number(cell) : cell
    })
    return [item, Buffer.from(JSON.stringify(Object.fromEntries(columns.map((column, k) => [column, values[k]]))))]
  })
}

function cells(line: Uint8Array): string[] {
  return parse(Buffer.from(line))[0] ?? []
}
