import { contractLimits } from '#core/contract.ts'
import type { Fields, Value } from '#core/value.ts'
import { withPoint } from '../record/coerce.ts'
import { decode } from '../record/decode.ts'
import { ENCODING_NAMES, encodingOf, type TextEncoding } from '../formats/encoding.ts'
import type { FormatName } from '../formats/format.ts'
import { orientationOf } from '../formats/image/orientation.ts'
import type { ImageReading } from '../formats/image/reduce.ts'
import { openInputFile } from '../formats/input-file.ts'
import { REMEDY } from '../formats/json-tables.ts'
import { formatOf } from '../formats/registry.ts'
import { isWithoutContents, nameOfUnread, standInOf } from '../formats/unread.ts'
import { columnStats } from './columns.ts'
import { refusedNotes, type Placed } from './label-folders.ts'
import { findRoles } from './roles.ts'
import { spread } from './spread.ts'
import { TarPlaces } from './tar-places.ts'
import { FORMAT_WORDS, noFiles, nothingReadable, type Obstacle } from './nothing.ts'
import { listFiles, type FoundFile } from '../sources/files/list-files.ts'
import { readFile } from '../sources/files/source.ts'

const MAX_FILES = 500
const MAX_BYTES = 64 * 1024 * 1024

/** Some of what is in a file or a folder. */
export interface Sample extends Placed {
  /** Items that could not be decoded. */
  readonly unreadable: number
  /** Formats by how many of the files looked at have them, most frequent first. */
  readonly formats: readonly FormatName[]
  /** Whether the formats tell numbers from texts that spell one (JSON does, CSV does not). */
  readonly typed: boolean
  /** Sentences on what was assumed of how the files are written. */
  readonly assumed: readonly string[]
}

/** So many records are shown before the others are read: what can be told by them is told at once. */
const BEGINNING = 10

export interface SampleOptions {
  /** How images are read, where they are of any size. */
  readonly images?: ImageReading | 'files'
  /** Is shown the first few records. */
  readonly onBeginning?: (fields: readonly Fields[]) => void
  /** What is known of archives by another sample of the same files. */
  readonly archives?: TarPlaces
}

/**
 * Reads up to `records` items, from files spread evenly over a folder. Throws `not_found`, `invalid` when there is nothing, and
 * what `onBeginning` throws of the first few.
 */
export async function readSample(
  root: string,
  records: number,
  { images, onBeginning = () => {}, archives = new TarPlaces() }: SampleOptions = {},
): Promise<Sample> {
  let links = 0
  const files = await listFiles(root, undefined, undefined, () => links++)
  const chosen = spread(files, MAX_FILES)
  const quota = Math.max(1, Math.ceil(records / Math.max(1, chosen.length)))
  const limits = contractLimits.parse(undefined)
  const fields: Fields[] = []
  const placeOf: { readonly file: string; readonly path: string | undefined }[] = []
  const within = new Map<string, Set<string>>()
  const cut: FoundFile[] = []
  const beside = new Set<string>()
  const formats = new Map<FormatName, number>()
  const obstacles: Obstacle[] = []
  const encodings = new Map<TextEncoding, number>()
  let turned = 0
  let [unreadable, bytes, typed, commas, hasPlaces] = [0, 0, true, false, true]
  for (const found of chosen) {
    const { partition: name } = found
    let taken = 0
    const { format, encoding, seems, isTurned } = await aboutFile(found)
    if (isTurned) turned++
    if (format) formats.set(format, (formats.get(format) ?? 0) + 1)
    if (encoding) encodings.set(encoding, (encodings.get(encoding) ?? 0) + 1)
    reading: for await (const batch of readFile(found, 0, {
      itemBytes: limits.recordBytes,
      ...(images && { images }),
    })) {
      for (const { body, path, leftOut = [], breaks = false } of batch) {
        for (const key of leftOut) beside.add(key)
        const decoded = decode(body, limits, new Set())
        if (body.kind === 'fields' && body.untyped) typed = false
        const hasComma = body.kind === 'fields' && body.untyped === 'decimal_comma'
        if (decoded.fields) {
          fields.push(hasComma ? withPoints(decoded.fields, () => (commas = true)) : decoded.fields)
          placeOf.push({ file: name, path })
          if (path !== undefined) within.set(name, (within.get(name) ?? new Set()).add(path))
          else if (format !== undefined && !WHOLE.has(format)) hasPlaces = false
          if (fields.length === BEGINNING) onBeginning(fields)
        } else {
          unreadable++
          const { reason, detail } = decoded.fault
          obstacles.push(
            format === undefined
              ? { name, format: null, reason, detail: seems ?? detail, breaks: seems === null }
              : { name, format, reason, detail, breaks },
          )
        }
        bytes += body.kind === 'fields' ? body.bytes : body.kind === 'bytes' ? body.bytes.length : 0
        bytes += path?.length ?? 0
        if (++taken >= quota || bytes > MAX_BYTES) break reading
      }
    }
    const isCut = taken >= quota || bytes > MAX_BYTES
    if (format === 'webdataset' && isCut) cut.push(found)
    if (taken === 0) obstacles.push({ name, format: format ?? null, reason: null, detail: null, breaks: false })
    if (bytes > MAX_BYTES) break
  }
  if (fields.length === 0) {
    throw files.length === 0 ? await noFiles(root) : nothingReadable(root, obstacles)
  }
  const isWithin = within.size > 0
  const isMixed = isWithin && placeOf.some(({ path }) => path === undefined)
  const isLabelled = isWithin && findRoles(columnStats(fields), fields.length, {}).label !== undefined
  if (!isMixed && !isLabelled)
    for (const [i, paths] of (await archives.of(cut)).entries())
      for (const path of paths) within.get(cut[i]!.partition)?.add(path)
  const placed = {
    fields,
    hasPlaces: hasPlaces && !isMixed,
    places: isWithin ? [...within.values()].flatMap((paths) => [...paths]) : files.map((file) => file.partition),
    placeOf: placeOf.map(({ file, path }) => path ?? (isWithin ? null : file)),
    ...(isWithin && { holders: [...within.keys()] }),
  }
  const byFrequency = [...formats].sort(([, a], [, b]) => b - a).map(([format]) => format)
  return {
    ...placed,
    unreadable,
    formats: byFrequency,
    typed,
    assumed: [
      ...assumptions(encodings, commas),
      ...aboutHeader(byFrequency, fields),
      ...aboutTurned(turned),
      ...aboutBeside(beside),
      ...aboutFiles(byFrequency, files.length, links),
      ...aboutPartitions(files, fields, byFrequency[0]),
      ...(unreadable === 0 && records > 1 && bytes <= MAX_BYTES ? aboutOne(byFrequency, files.length, fields) : []),
      ...(isLabelled ? [] : refusedNotes(placed)),
    ],
  }
}

/** What a file is recognised as; where it is not, what it seems to be, or null where its beginning cannot be had. */
async function aboutFile(
  found: FoundFile,
): Promise<{ format?: FormatName | undefined; encoding?: TextEncoding; seems: string | null; isTurned: boolean }> {
  if (found.fault) return { seems: null, isTurned: false }
  const file = await openInputFile(found)
  const head = await file.head()
  const standIn = standInOf(file.name, head)
  if (standIn !== null) return { seems: standIn, isTurned: false }
  const format = formatOf(file.name, head)?.name
  const seems = isWithoutContents(head) ? null : nameOfUnread(file.name, head)
  const isTurned = format === 'image' && orientationOf(head) !== 1
  return { format, seems, isTurned, ...(format && TEXTUAL.has(format) && { encoding: encodingOf(head) }) }
}

/** Formats of which a file is one record. */
const WHOLE: ReadonlySet<FormatName> = new Set<FormatName>(['email', 'text', 'image'])
const TEXTUAL: ReadonlySet<FormatName> = new Set<FormatName>(['csv', 'text', 'jsonl'])

function withPoints(fields: Fields, onComma: () => void): Fields {
  const cells = Object.entries(fields).map(([name, cell]): [string, Value] => {
    const number = typeof cell === 'string' ? withPoint(cell) : cell
    if (number !== cell) onComma()
    return [name, number]
  })
  return Object.fromEntries(cells)
}

/** What names a column has fewer words: a question does, a text does not. */
const TEXT_WORDS = 20
/** Of so many rows is it looked at whether spaces part them. */
const SPACED = 20
/** Of what is left out so much is named. */
const NAMED = 6

/** A table without a header loses its first record to the names of its columns. */
function aboutHeader(formats: readonly FormatName[], fields: readonly Fields[]): string[] {
  const [first] = fields
  if (!formats.includes('csv') || first === undefined) return []
  const names = Object.keys(first)
  if (names[0]!.startsWith('#') && names.length === 1)
    return ['The first line begins with #, and is read as the names of columns: where it is a comment, take it out.']
  const unnamed = names.filter((name) => /^column_\d+$/.test(name)).length
  if (names.length > 1 && unnamed >= names.length / 2)
    return [
      `The first row names ${names.length - unnamed} of ${names.length} columns: where it is a title, take it out.`,
    ]
  const words = names[0]!.split(/\s+/).length
  const isSpaced = ({ [names[0]!]: cell }: Fields) =>
    typeof cell === 'string' && cell.trim().split(/\s+/).length === words
  if (names.length === 1 && words > 1 && fields.slice(0, SPACED).every(isSpaced))
    return [`Every row is one cell of ${words} words: where spaces part the columns, write commas or tabs instead.`]
  const numbers = names.filter((name) => name.trim() !== '' && Number.isFinite(Number(name))).map(Number)
  // 0, 1, 2 … are how some tools name columns, and years are what others do
  const isCounted = numbers.every((number, i) => Number.isInteger(number) && number > (numbers[i - 1] ?? -1))
  const texts = names.filter((name) => name.split(/\s+/).length >= TEXT_WORDS)
  // what stands again below it, such as one of two labels, and not the whole row, as where tables were put together
  const isAgain = (one: Fields) => names.every((name) => one[name] === name)
  const repeated = names.filter(
    (name) =>
      !texts.includes(name) && Number.isNaN(Number(name)) && fields.some((one) => one[name] === name && !isAgain(one)),
  )
  const values = (isCounted ? 0 : numbers.length) + texts.length + repeated.length
  if (values === 0) return []
  return [
    `The first row is read as the names of columns, though ${values} of its ${names.length} cells look like values: where it is a record, write a row of names above it.`,
  ]
}

/** What of a folder is not read as its owner may think. */
function aboutFiles(formats: readonly FormatName[], files: number, links: number): string[] {
  const words = formats.map((format) => FORMAT_WORDS[format])
  return [
    ...(words.length > 1
      ? [`The files are of ${words.length} formats, and have one contract: ${words.join(', ')}.`]
      : []),
    ...(files === 1 && formats[0] === 'text'
      ? ['A text file is one record: for one record a line, write JSON lines, or CSV with a header.']
      : []),
    ...(links > 0
      ? [`Passed over: ${links === 1 ? '1 link' : `${links} links`}, for a link may lead out of the folder.`]
      : []),
  ]
}

const WITHOUT_PARTITIONS = {
  parquet: "import pandas as pd; pd.read_parquet('.').to_parquet('../table.parquet')",
  csv: "import glob, re, pandas as pd; pd.concat(pd.read_csv(f).assign(**dict(re.findall('([^/=]+)=([^/]+)/', f))) for f in sorted(glob.glob('**/*.csv', recursive=True))).to_csv('../table.csv', index=False)",
}

/** Names and values that a table's folders say (`label=a`), as pandas, Spark and Hive part tables. */
function aboutPartitions(files: readonly FoundFile[], fields: readonly Fields[], format?: FormatName): string[] {
  const steps = files.flatMap(({ partition }) => partition.split('/').slice(0, -1))
  const names = new Set(steps.flatMap((step) => /^([A-Za-z_]\w*)=/.exec(step)?.[1] ?? []))
  const lost = [...names].filter((name) => !fields.some((record) => name in record)).slice(0, NAMED)
  if (lost.length === 0) return []
  const how = format === 'parquet' ? WITHOUT_PARTITIONS.parquet : format === 'csv' ? WITHOUT_PARTITIONS.csv : null
  return [
    `The folders say ${lost.join(', ')} (${lost[0]}=…), which no record has: write the table without partitions to have it read${how === null ? '' : `, in this folder with python3 -c "${how}"`}.`,
  ]
}

/** Of a file that was read whole, and is one record. */
function aboutOne([format]: readonly FormatName[], files: number, [record, ...others]: readonly Fields[]): string[] {
  const isOne = files === 1 && record !== undefined && others.length === 0
  const isOfLists = isOne && Object.values(record).some((value) => Array.isArray(value))
  return isOfLists && (format === 'json' || format === 'jsonl')
    ? [`The file is one record: where its lists are the columns of a table, write it by rows, ${REMEDY}.`]
    : []
}

/** What stands beside a file's records, and may be more than what a service says of its answer. */
function aboutBeside(names: ReadonlySet<string>): string[] {
  if (names.size === 0) return []
  const more = names.size > NAMED ? ` and ${names.size - NAMED} more` : ''
  return [`Left out, for it stands beside the records of a file: ${[...names].slice(0, NAMED).join(', ')}${more}.`]
}

function aboutTurned(turned: number): string[] {
  if (turned === 0) return []
  const which = turned === 1 ? '1 image says' : `${turned} images say`
  return [`${which} by EXIF how to be turned: images are read as they are stored, unturned, as PIL and torchvision do.`]
}

/** What was taken for granted about how the files are written. */
function assumptions(encodings: ReadonlyMap<TextEncoding, number>, commas: boolean): string[] {
  const other = [...encodings].filter(([encoding]) => encoding !== 'utf-8')
  return [
    ...other.map(([encoding, files]) =>
      encodings.size === 1
        ? `The text is read as ${ENCODING_NAMES[encoding]}.`
        : `${files} of the files are read as ${ENCODING_NAMES[encoding]}.`,
    ),
    ...(commas ? ['A comma stands before decimals: 3,14 is read as a number where the contract has one.'] : []),
  ]
}
