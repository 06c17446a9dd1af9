import { z } from 'zod'
import { seededRandom } from '#core/random.ts'
import { isDiscrete } from '../../features/column-codes.ts'
import type { ScanInput } from '../../view/samples.ts'
import { packDecimals, unpackDecimals, WIDTHS, type Width } from '../pool/decimals.ts'
import {
  codeWidth,
  packBits,
  packCodes,
  packedLength,
  packLine,
  unpackBits,
  unpackCodes,
  unpackLine,
  type Encoded,
} from '../pool/lines.ts'
import { NUMBER_BYTES, packNumbers, rowNumbers, unpackNumbers } from './same-record.ts'

/** A table's columns of numbers in one window, and the labels. Spikes are sought over many windows of them. */
export interface WindowColumns {
  readonly labels: { readonly names: readonly string[]; readonly of: readonly number[] }
  /** Each record's contributor, by a number that is valid in this window only; null where none is named. */
  readonly contributors: readonly number[] | null
  /** A number of each record, the same for the same record in any window, and the columns that these are to be told apart by it in (`rowNumbers`); absent of what earlier versions gave. */
  readonly rows?: { readonly numbers: readonly number[]; readonly beside: readonly string[] }
  /** Indices of the records that the window's own scan did not admit. */
  readonly held: readonly number[]
  /** Rounded to seven digits, as people are shown them; null is a missing value. */
  readonly columns: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

/** A column of fewer values is a level or a flag, and is not given. */
const FEWEST_VALUES = 8
const NOTHING = { line: new Uint8Array(0), leftOut: 0 }

/**
 * One line of at most `most` bytes, unencrypted; empty where the window is no labelled table with numbers. Columns that
 * do not fit are left out, different ones in each window, so that no planted value is left out in all of them.
 */
export function encodeColumns(
  { n, samples, labels, contributors, seed }: ScanInput,
  held: readonly number[],
  { most, window }: { readonly most: number; readonly window: string },
): Encoded {
  if (samples.kind !== 'table' || labels === null) return NOTHING
  const numbers = samples.columns.flatMap((each) => (each.type === 'number' ? [each] : []))
  // columns of few values take the room that the others leave
  const random = seededRandom(seed, `columns of ${window}`)
  const shuffled = (able: typeof numbers) => Array.from(random.permutation(able.length), (at) => able[at]!)
  const able = [
    ...shuffled(numbers.filter(({ values }) => !isDiscrete(values))),
    ...shuffled(numbers.filter(({ values }) => isDiscrete(values) && new Set(values).size >= FEWEST_VALUES)),
  ]
  const by = contributors?.names.length ?? null
  const rows = rowNumbers(samples, n, seed)
  const about = { labels: labels.names, records: n, contributors: by, beside: rows.beside }
  const others = [
    packCodes(labels.of, codeWidth(labels.names.length)),
    ...(contributors === null ? [] : [packCodes(contributors.of, codeWidth(contributors.names.length))]),
    packNumbers(rows.numbers),
    packBits(n, held),
  ]
  let left = most - packLine({ ...about, columns: [] }, Buffer.concat(others)).length
  const columns: (readonly [name: string, width: Width])[] = []
  const packed: Uint8Array[] = []
  for (const { name, values } of able) {
    if (WIDTHS[0] * n > left) break
    const { width, bytes } = packDecimals(values)
    const length = Buffer.byteLength(`${JSON.stringify([name, width])},`) + packedLength(bytes)
    if (length > left) continue
    left -= length
    columns.push([name, width])
    packed.push(bytes)
  }
  const leftOut = able.length - columns.length
  if (columns.length === 0) return { ...NOTHING, leftOut }
  return { line: packLine({ ...about, columns }, Buffer.concat([...packed, ...others])), leftOut }
}

const index = z.int().nonnegative()
const code = z.int().min(-1)
/** A line of JSON, as earlier versions wrote it. */
const jsonSchema: z.ZodType<WindowColumns> = z
  .strictObject({
    labels: z.strictObject({ names: z.array(z.string()), of: z.array(code) }),
    contributors: z.array(code).nullable(),
    held: z.array(index),
    columns: z.array(z.strictObject({ name: z.string(), values: z.array(z.number().nullable()) })),
  })
  .refine(({ labels: { names, of }, contributors, columns }) => {
    const isAsLong = (list: readonly unknown[]) => list.length === of.length
    return (
      of.every((label) => label < names.length) &&
      (contributors === null || isAsLong(contributors)) &&
      columns.every(({ values }) => isAsLong(values))
    )
  })

const aboutSchema = z.strictObject({
  labels: z.array(z.string()),
  records: z.int().positive(),
  contributors: index.nullable(),
  beside: z.array(z.string()).optional(),
  columns: z.array(z.tuple([z.string(), z.literal(WIDTHS)])).min(1),
})

/** The inverse of `encodeColumns`; null for an empty or any other line. */
export function decodeColumns(line: Uint8Array): WindowColumns | null {
  const packed = unpackLine(line)
  if (packed === null) return line.length === 0 ? null : fromJson(line)
  const { data: about } = aboutSchema.safeParse(packed.about)
  return about === undefined ? null : unpack(about, packed.bytes())
}

function fromJson(line: Uint8Array): WindowColumns | null {
  try {
    return jsonSchema.parse(JSON.parse(Buffer.from(line).toString('utf8')))
  } catch {
    return null
  }
}

function unpack(about: z.infer<typeof aboutSchema>, bytes: Uint8Array): WindowColumns | null {
  const { labels: names, records, contributors, beside } = about
  const [ofLabels, ofContributors] = [codeWidth(names.length), contributors === null ? 0 : codeWidth(contributors)]
  const ofNumbers = beside === undefined ? 0 : NUMBER_BYTES
  const widths = about.columns.reduce((sum, [, width]) => sum + width, ofLabels + ofContributors + ofNumbers)
  if (bytes.length !== widths * records + Math.ceil(records / 8)) return null
  let at = 0
  const next = (length: number) => bytes.subarray(at, (at += length))
  const columns = about.columns.map(([name, width]) => ({ name, values: unpackDecimals(next(width * records), width) }))
  const of = unpackCodes(next(ofLabels * records), ofLabels)
  const by = contributors === null ? null : unpackCodes(next(ofContributors * records), ofContributors)
  const numbers = unpackNumbers(next(ofNumbers * records))
  const held = unpackBits(next(Math.ceil(records / 8)))
  return of.every((label) => label < names.length)
    ? { labels: { names, of }, contributors: by, ...(beside && { rows: { numbers, beside } }), held, columns }
    : null
}
