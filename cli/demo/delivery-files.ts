import { Buffer } from 'node:buffer'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import type { Images, Table } from '#attacks/types.ts'

/** One file of a delivery. `items` are the block's indices of its items in order; −1 is an item that is hostile by itself. */
export interface DeliveryFile {
  readonly name: string
  readonly bytes: Uint8Array
  readonly items: readonly number[]
}

export interface Labels {
  readonly of: Int32Array
  readonly names: readonly string[]
}

/** An IDX pair: images and labels, as MNIST comes. */
export function idxPair(name: string, images: Images, labels: Labels, of: readonly number[]): DeliveryFile[] {
  const { height, width, pixels } = images
  const header = (magic: number, ...sides: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * sides.length)
    bytes.writeUInt32BE(magic)
    sides.forEach((side, k) => bytes.writeUInt32BE(side, 4 + 4 * k))
    return bytes
  }
  const body = new Uint8Array(of.length * pixels.cols)
  of.forEach((i, k) => {
    for (let j = 0; j < pixels.cols; j++)
      body[k * pixels.cols + j] = Math.round((pixels.data[i * pixels.cols + j] ?? 0) * 255)
  })
  return [
    {
      name: `${name}-images-idx3-ubyte`,
      bytes: Buffer.concat([header(0x803, of.length, height, width), body]),
      items: of,
    },
    {
      name: `${name}-labels-idx1-ubyte`,
      bytes: Buffer.concat([header(0x801, of.length), Uint8Array.from(of, (i) => labels.of[i] ?? 0)]),
      items: [],
    },
  ]
}

/** Prompts and responses as JSON lines, with hostile lines put in at the places given. */
export function pairLines(
  name: string,
  exchanges: readonly Exchange[],
  of: readonly number[],
  hostile: readonly { readonly at: number; readonly line: Uint8Array }[],
): DeliveryFile {
  const objects = of.map((i) => ({ prompt: exchanges[i]?.prompt, completion: exchanges[i]?.response }))
  return linesFile(name, objects, of, hostile)
}

/** E-mails as JSON lines, with hostile lines put in at the places given. */
export function jsonLines(
  name: string,
  texts: readonly string[],
  labels: Labels,
  of: readonly number[],
  hostile: readonly { readonly at: number; readonly line: Uint8Array }[],
): DeliveryFile {
  const objects = of.map((i) => ({ text: texts[i], label: labels.names[labels.of[i] ?? 0] }))
  return linesFile(name, objects, of, hostile)
}

function linesFile(
  name: string,
  objects: readonly object[],
  of: readonly number[],
  hostile: readonly { readonly at: number; readonly line: Uint8Array }[],
): DeliveryFile {
  const lines = of.map((item, k) => ({ item, line: Buffer.from(JSON.stringify(objects[k])) as Uint8Array }))
  for (const { at, line } of hostile) lines.splice(at, 0, { item: -1, line })
  return {
    name: `${name}.jsonl`,
    bytes: Buffer.concat(lines.flatMap(({ line }) => [line, Buffer.from('\n')])),
    items: lines.map(({ item }) => item),
  }
}

/** A table as CSV, the label in a column of its own, with hostile rows put in at the places given. */
export function csvFile(
  name: string,
  table: Table,
  label: string,
  labels: Labels,
  of: readonly number[],
  hostile: readonly { readonly at: number; readonly line: Uint8Array }[],
): DeliveryFile {
  const header = [...table.columns.map((column) => column.name), label]
  const rows = of.map((i) => ({
    item: i,
    line: Buffer.from(csvRow([...cellsOf(table, i), labels.names[labels.of[i] ?? 0] ?? ''])) as Uint8Array,
  }))
  for (const { at, line } of hostile) rows.splice(at, 0, { item: -1, line })
  return {
    name: `${name}.csv`,
    bytes: Buffer.concat([
      Buffer.from(`${csvRow(header)}\n`),
      ...rows.flatMap(({ line }) => [line, Buffer.from('\n')]),
    ]),
    items: rows.map(({ item }) => item),
  }
}

function cellsOf(table: Table, i: number): string[] {
  return table.columns.map((column) => {
    if (column.type === 'category') return column.levels[column.codes[i] ?? -1] ?? ''
    const value = column.values[i] ?? Number.NaN
    if (Number.isNaN(value)) return ''
    return column.name.endsWith('Date') ? new Date(value * 86_400_000).toISOString().slice(0, 10) : String(value)
  })
}

function csvRow(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
}
