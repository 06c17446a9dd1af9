import { contractLimits, contractSchema, featureFields, type Contract, type FeatureSpec } from '#core/contract.ts'
import { AppError, isAppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import type { FormatName } from '../formats/format.ts'
import { bytesIn } from '../formats/image/image.ts'
import type { ImageSize } from '../formats/image/pixels.ts'
import type { ImageReading } from '../formats/image/reduce.ts'
import { beginsAs } from '../formats/unread.ts'
import { exchangeNotes, exchangeRoles, findExchange } from './exchanges.ts'
import { codeNotes, findCodes } from './codes.ts'
import { columnStats, filled, type ColumnStats } from './columns.ts'
import { areOfManySizes, commonSize, imageColumn, imageSizes, rangeOf, sizesThatTell } from './image-sizes.ts'
import { findRoles, findText, type RoleHints, type Roles } from './roles.ts'
import { readSample, type Sample } from './sample.ts'
import { columnType, inferSchema } from './schema.ts'
import { tarFolderNotes } from './tar-folders.ts'
import { isListOfObjects, nothingToScan } from './unscannable.ts'

/** n flat vectors, row-major; whether they are square images is for the scan to say. */
export type LooksLikeImage = (vectors: {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array
}) => { readonly height: number; readonly width: number } | null

export interface InferOptions extends RoleHints {
  readonly looksLikeImage?: LooksLikeImage
  /** How many records to look at. */
  readonly records?: number
  /** A table of more columns is refused. */
  readonly mostColumns?: number
}

/** What a file or a folder seems to hold. */
export interface Inference {
  readonly contract: Contract
  readonly format: FormatName | null
  /** For a folder: what its paths say, as the file source takes it. Absent where the default will do. */
  readonly path?: string
  readonly sampled: number
  readonly unreadable: number
  /** Sentences for a person: what was assumed, and what could not be told. */
  readonly notes: readonly string[]
}

const LABEL_FOLDERS = '^(?<label>[^/]+)/'
const FOLDER_WORDS = ['first', 'second', 'third']
/** The field that keeps the file of an image of any size. */
const DELIVERED = 'file'
const IMAGE_SAMPLE = 500
const SAMPLED = 10_000

/**
 * Proposes a contract for a file or a folder from a sample of it. Throws `not_found`, and `invalid` where there is nothing to
 * read (its reason one of `NOTHING_READ`), nothing to look at, or a hint names no field.
 */
export async function inferContract(root: string, options: InferOptions = {}): Promise<Inference> {
  const records = options.records ?? SAMPLED
  const sizes = await imageSizes(root)
  const { recordBytes } = contractLimits.parse(undefined)
  if (sizes === null) {
    const found = await inferItems(root, records, options)
    if (found.format !== 'webdataset' || found.contract.label !== undefined) return found
    return { ...found, notes: [...found.notes, ...(await tarFolderNotes(root))] }
  }
  if (!areOfManySizes(sizes, recordBytes)) {
    const sample = await readSample(root, records)
    if (!areOfManyKinds(sample)) return inferFrom(sample, options)
  }
  const reading = { field: 'image', shape: [...commonSize(sizes), 4], delivered: DELIVERED }
  return inferImages(await readSample(root, records, { images: reading }), reading, options, sizes)
}

/** Of what are no images by themselves: rows and samples may hold some. */
async function inferItems(root: string, records: number, options: InferOptions): Promise<Inference> {
  const onBeginning = (some: readonly Fields[]) => refuseWideSoon(some, options)
  const sample = await readSample(root, records, { onBeginning, images: 'files' })
  const names = columnStats(sample.fields).map(({ name }) => name)
  const found = imageColumn(sample.fields, names)
  if (found === null) {
    try {
      return inferFrom(sample, options)
    } catch (error) {
      throw aboutFilesIn(sample, error)
    }
  }
  const { recordBytes } = contractLimits.parse(undefined)
  const areMany = areOfManySizes(found.sizes, recordBytes)
  const isExchange = inferExchange(sample, options) !== null
  if (sample.formats.includes('webdataset') && (isExchange || !areMany)) {
    const decoded = await readSample(root, records)
    if (isExchange || !areOfManyKinds(decoded)) return inferFrom(decoded, options)
  } else if (isExchange) return inferFrom(sample, options)
  const [{ height, width } = { height: 1, width: 1 }] = found.sizes
  const size = areMany ? commonSize(found.sizes) : [height, width]
  const delivered = names.includes(DELIVERED) ? `${found.name}_${DELIVERED}` : DELIVERED
  const reading = { field: found.name, shape: [...size, 4], delivered }
  const images = await readSample(root, records, { images: reading })
  const own = ['height', 'width'].filter((name) => !names.includes(name))
  return inferImages(images, reading, options, found.sizes, own)
}

/** What to throw where a field that could not be scanned holds files. */
function aboutFilesIn({ fields }: Sample, error: unknown): unknown {
  if (!isAppError(error, 'invalid') || (error.reason !== 'nothing_to_scan' && error.reason !== 'many_sizes'))
    return error
  for (const { name } of columnStats(fields)) {
    const bytes = fields.map(({ [name]: cell }) => bytesIn(cell)).find((one) => one !== null)
    const kind = bytes && beginsAs(bytes)
    if (!kind) continue
    const message = `field ${name} holds files, each such as ${kind}: of files in a field PNG and JPEG are read, so convert them first`
    return new AppError('invalid', message, { reason: 'nothing_to_scan' })
  }
  return error
}

function inferExchange(sample: Sample, options: RoleHints) {
  const columns = columnStats(sample.fields)
  return exchangeOf(columns, sample, findRoles(columns, sample.fields.length, options), options)
}

/** What is asked for as the label is no part of an exchange: such records are classified. */
function exchangeOf(columns: readonly ColumnStats[], { fields }: Sample, { label }: Roles, hints: RoleHints) {
  const found = findExchange(columns, fields, label?.name)
  const isClassified = hints.label !== undefined && Object.values(found?.fields ?? {}).includes(hints.label)
  return isClassified ? null : found
}

/** The same for records that are there already. Throws `invalid` likewise. */
export function inferFields(fields: readonly Fields[], options: InferOptions = {}): Inference {
  if (fields.length === 0) throw new AppError('invalid', 'there are no records', { reason: 'nothing_readable' })
  const some = fields.slice(0, options.records ?? SAMPLED)
  return inferFrom(sampleOf(some), options)
}

function sampleOf(fields: readonly Fields[]): Sample {
  return { fields, unreadable: 0, formats: [], partitions: [], assumed: [], typed: true, wholeFiles: false }
}

/** The same by the first few records: to look at thousands of columns takes long, and changes nothing. */
function refuseWideSoon(fields: readonly Fields[], options: InferOptions): void {
  if (Object.keys(fields[0] ?? {}).length <= (options.mostColumns ?? Infinity)) return
  try {
    inferFrom(sampleOf(fields), options)
  } catch (error) {
    if (isAppError(error, 'invalid') && error.reason === 'too_wide') throw error // what else there is, more records may mend
    if (!isAppError(error)) throw error
  }
}

function refuseWide(features: FeatureSpec, mostColumns = Infinity): void {
  if (features.kind !== 'table' || features.columns.length <= mostColumns) return
  const [found, most] = [features.columns.length, mostColumns].map((count) => count.toLocaleString('en'))
  const message = `a table of ${found} columns takes more memory than a scan may: leave some out, ${most} at most, or give rows of numbers alone as vectors (.npy, or .npz with x and y)`
  throw new AppError('invalid', message, { reason: 'too_wide' })
}

/** Grey beside colour, most often. */
function areOfManyKinds({ fields }: Sample): boolean {
  const image = columnStats(fields).find(({ name }) => name === 'image')
  return image !== undefined && image.shapes.size > 1 && mainShape(image).length === 0
}

/** By its header, with its place where it is a file. */
type SizedImage = ImageSize & { readonly partition?: string }

/** The contract of images of any size, from some that were brought to the reading's shape, of four channels. */
function inferImages(
  sample: Sample,
  { field, delivered, shape: [height = 1, width = 1] }: ImageReading,
  hints: RoleHints,
  sizes: readonly SizedImage[],
  measured: readonly string[] = ['height', 'width'],
): Inference {
  const made = [field, delivered, ...measured]
  const all = columnStats(sample.fields)
  const columns = all.filter(({ name }) => !made.includes(name))
  const { id, ...found } = findRoles(columns, sample.fields.length, {})
  const named = findRoles(all, sample.fields.length, hints) // sides, too, where they are named
  const label = hints.label === undefined ? found.label : named.label
  const contributor = hints.contributor === undefined ? found.contributor : named.contributor
  const images = sample.fields.flatMap(({ [field]: image }) => (image instanceof Tensor ? [image.data] : []))
  const channels = channelsOf(images)
  const shape = channels === 1 ? [height, width] : [height, width, channels]
  const features = { kind: 'image', field, shape, delivered } as const
  const folders = label === undefined ? labelFolders(sample) : null
  const others = inferSchema(columns, { sampled: sample.fields.length, typed: sample.typed }, features, label?.name)
  const schema: Record<string, unknown> = {
    ...others,
    properties: {
      ...(others['properties'] as object),
      [field]: { tensor: { dtype: 'u8', shape } },
      [delivered]: { tensor: { dtype: 'u8', shape: [-1] } },
      ...Object.fromEntries(measured.map((name) => [name, { type: 'integer', minimum: 1 }])),
    },
    required: [...made, ...(others['required'] as string[])],
  }
  if (folders) addLabel(schema)
  const contract = contractSchema.parse({
    version: 1,
    schema,
    features,
    ...(folders ? { label: 'label' } : label !== undefined && { label: label.name }),
    ...(contributor !== undefined && { contributor: contributor.name }),
    ...(id !== undefined && { id: id.name }),
  })
  return {
    contract,
    format: sample.formats[0] ?? null,
    ...(folders ? { path: labelPath(folders) } : {}),
    sampled: sample.fields.length,
    unreadable: sample.unreadable,
    notes: [
      ...sample.assumed,
      `Images of ${rangeOf(sizes)}: each is compared at ${shape.join(' × ')}, the mean of every area, and kept as the file that it came in.`,
      ...(folders ? [folderNote(folders)] : []),
      ...(label !== undefined && hints.label === undefined ? [`Field ${label.name} is taken for the label.`] : []),
      ...(folders || label !== undefined
        ? []
        : ['No label was found: checks that need one are left out. Name one with --label.']),
      ...(id === undefined
        ? []
        : [`Field ${id.name} is taken for the id: a second record with the same one is refused.`]),
      ...sizesThatTell(labelledSizes(sample, sizes, folders, label?.name)),
    ],
  }
}

function labelledSizes(
  { fields }: Sample,
  sizes: readonly SizedImage[],
  folders: LabelFolders | null,
  label: string | undefined,
) {
  if (folders !== null)
    return sizes.flatMap(({ partition, ...size }) => {
      const folder = partition?.split('/')[folders.depth]
      return folder === undefined ? [] : [{ ...size, label: folder }]
    })
  return fields.flatMap(({ height, width, [label ?? '']: value = null }) =>
    typeof height === 'number' && typeof width === 'number' && typeof value !== 'object'
      ? [{ height, width, label: String(value) }]
      : [],
  )
}

/** Of images of red, green, blue and opacity: how many channels differ from one another, or from what is opaque. */
function channelsOf(images: readonly ArrayLike<number>[]): 1 | 3 | 4 {
  let isGrey = true
  for (const image of images) {
    for (let at = 0; at < image.length; at += 4) {
      if (image[at + 3] !== 255) return 4
      isGrey &&= image[at] === image[at + 1] && image[at] === image[at + 2]
    }
  }
  return isGrey ? 1 : 3
}

function inferFrom(sample: Sample, options: InferOptions): Inference {
  const sampled = sample.fields.length
  const columns = columnStats(sample.fields)
  const notes: string[] = [...sample.assumed]
  const sizes = columns.find((column) => column.name === 'image' && column.shapes.size > 1)
  if (sizes && mainShape(sizes).length > 0 && sample.formats.includes('image'))
    notes.push(`Images of another size than ${mainShape(sizes).join(' × ')} are refused: resize them first.`)
  const guessed = findRoles(columns, sampled, options)
  const exchange = exchangeOf(columns, sample, guessed, options)
  const roles = exchange ? exchangeRoles(guessed, exchange, options) : guessed
  const folders = roles.label || exchange ? null : labelFolders(sample)
  const codes = exchange ? new Map<string, string[]>() : findCodes(columns, sample.fields, roles.label?.name)
  notes.push(...codeNotes(columns, codes))
  const features = exchange ?? findFeatures(columns, roles, { sample: sample.fields, codes }, options, notes)
  refuseWide(features, options.mostColumns)
  if (exchange) notes.push(...exchangeNotes(exchange, columns))
  const label = roles.label?.name ?? (folders ? 'label' : undefined)
  if (label === undefined && roles.measure)
    notes.push(`Field ${roles.measure.name} holds quantities and no classes: it is no label unless --label names it.`)
  if (folders) notes.push(folderNote(folders))
  else if (label !== undefined && !options.label) notes.push(`Field ${label} is taken for the label.`)
  else if (label === undefined && !exchange)
    notes.push('No label was found: checks that need one are left out. Name one with --label.')
  if (!exchange) notes.push(...asideNotes(columns, roles, features))
  const schema = inferSchema(columns, { sampled, typed: sample.typed }, features, roles.label?.name, codes)
  const unlabelled = roles.label === undefined ? 0 : unlabelledOf(schema, roles.label, sampled)
  if (unlabelled > 0)
    notes.push(
      `Field ${roles.label!.name} is empty in ${unlabelled} of ${sampled} records: those are scanned without a label.`,
    )
  if (roles.id) notes.push(`Field ${roles.id.name} is taken for the id: a second record with the same one is refused.`)
  if (folders) addLabel(schema)
  const contract = contractSchema.parse({
    version: 1,
    schema,
    features,
    ...(label === undefined ? {} : { label }),
    ...(roles.contributor ? { contributor: roles.contributor.name } : {}),
    ...(roles.id ? { id: roles.id.name } : {}),
  })
  return {
    contract,
    format: sample.formats[0] ?? null,
    ...(folders ? { path: labelPath(folders) } : {}),
    sampled,
    unreadable: sample.unreadable,
    notes,
  }
}

const NAMED = 6
/** Numbers with commas between their thousands, as spreadsheets export them, and days that begin with the day or the month. */
const WORDED = [
  [/^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/, 'numbers with commas between thousands', '1234.5 for 1,234.5'],
  [/^\d{1,2}[./]\d{1,2}[./]\d{2,4}\b/, 'dates', '2024-12-31 for 31.12.2024'],
] as const

/** Sentences on what is not compared, or not as what it is. */
function asideNotes(columns: readonly ColumnStats[], roles: Roles, features: FeatureSpec): string[] {
  const notes: string[] = []
  const looked = new Set([...featureFields(features), roles.label?.name, roles.contributor?.name, roles.id?.name])
  const aside = columns.filter((column) => !looked.has(column.name) && filled(column) > 0).map(({ name }) => name)
  if (aside.length > 0) {
    const named = aside.slice(0, NAMED).join(', ')
    const more = aside.length > NAMED ? ` and ${aside.length - NAMED} more` : ''
    notes.push(`Kept, and not looked at: ${named}${more}.`)
  }
  for (const column of columns) {
    const [...texts] = column.wording.keys()
    if (features.kind !== 'table' || texts.length === 0 || !looked.has(column.name)) continue
    const found = WORDED.find(([pattern]) => texts.every((text) => pattern.test(text.trim())))
    if (found !== undefined && features.columns.some(({ name, type }) => name === column.name && type === 'category'))
      notes.push(`Field ${column.name} holds ${found[1]}, which are compared as words: write ${found[2]}.`)
  }
  return notes
}

/** Records that the schema lets through without a label: where it is null, or absent where that is nothing unusual. */
function unlabelledOf(schema: Record<string, unknown>, label: ColumnStats, sampled: number): number {
  const isRequired = (schema['required'] as string[]).includes(label.name)
  return label.missing + (isRequired ? 0 : sampled - label.present)
}

function findFeatures(
  columns: readonly ColumnStats[],
  roles: Roles,
  { sample, codes }: { readonly sample: readonly Fields[]; readonly codes: ReadonlyMap<string, readonly string[]> },
  options: InferOptions,
  notes: string[],
): FeatureSpec {
  const free = columns.filter((column) => column !== roles.label && column !== roles.contributor && column !== roles.id)
  const arrays = free.filter((column) => mainShape(column).length > 0)
  refuseManySizes(free)
  const array = arrays.find((column) => ['x', 'image'].includes(column.name)) ?? arrays[0]
  if (array) return arrayFeatures(array, sample, options.looksLikeImage, notes)
  const text = findText(columns, roles)
  if (text) return { kind: 'text', field: text.name }
  const table = free.flatMap((column) => {
    const type = columnType(column, codes.get(column.name))
    return type === null ? [] : [{ name: column.name, type }]
  })
  // one record with a list of objects: they are the records, and nothing else of it is worth a scan
  const isWhole = sample.length === 1 && columns.some((column) => isListOfObjects(sample[0]?.[column.name]))
  if (table.length === 0 || isWhole) throw nothingToScan(sample, columns, roles)
  return { kind: 'table', columns: table }
}

function arrayFeatures(
  column: ColumnStats,
  sample: readonly Fields[],
  looksLikeImage: LooksLikeImage | undefined,
  notes: string[],
): FeatureSpec {
  const shape = mainShape(column)
  const [a = 1, b = 1, c] = shape
  const length = shape.reduce((product, side) => product * side, 1)
  const isImage =
    (shape.length === 2 && a > 3 && b > 3) || (shape.length === 3 && a > 3 && b > 3 && [1, 3, 4].includes(c!))
  if (isImage) return { kind: 'image', field: column.name, shape: [...shape] }
  const vectors = sample.flatMap((fields) => flat(fields[column.name], length) ?? []).slice(0, IMAGE_SAMPLE)
  const data = new Float32Array(vectors.length * length)
  vectors.forEach((vector, row) => data.set(vector, row * length))
  const image = shape.length === 1 ? looksLikeImage?.({ rows: vectors.length, cols: length, data }) : null
  if (image) {
    notes.push(
      `Field ${column.name} holds vectors of ${length} that look like images of ${image.height} × ${image.width}.`,
    )
    return { kind: 'image', field: column.name, shape: [image.height, image.width] }
  }
  return { kind: 'vector', field: column.name, length }
}

/** Images, above all, that are of many sizes: which of them the others are to become is not for us to choose. */
function refuseManySizes(columns: readonly ColumnStats[]): void {
  for (const column of columns) {
    const [most] = [...column.shapes].sort(([, a], [, b]) => b - a)
    const arrays = [...column.shapes.values()].reduce((sum, times) => sum + times, 0)
    if (!most || column.shapes.size < 2 || arrays < filled(column) * 0.95 || mainShape(column).length > 0) continue
    const share = Math.floor((100 * most[1]) / arrays)
    const planes = new Set([...column.shapes.keys()].map((shape) => shape.split(':')[1]?.split('×', 2).join('×')))
    const [what, mend] =
      planes.size === 1 && most[0].includes('×')
        ? ['kind', 'convert them to grey, or to colour, of 8 bits first']
        : ['size', 'resize them first']
    const message = `field ${column.name} holds arrays of ${column.shapes.size} ${what}s, most often ${most[0].split(':')[1]} (${share} %): what is scanned must be of one ${what}, so ${mend}`
    throw new AppError('invalid', message, { reason: 'many_sizes' })
  }
}

/** The shape that nearly all values of a column have; empty when there is none. */
function mainShape(column: ColumnStats): number[] {
  const [most] = [...column.shapes].sort(([, a], [, b]) => b - a)
  if (!most || most[1] < filled(column) * 0.95) return []
  const shape = (most[0].split(':')[1] ?? '').split('×').map(Number)
  return shape.reduce((product, side) => product * side, 1) >= 2 ? shape : []
}

function flat(value: Value | undefined, length: number): ArrayLike<number>[] | null {
  if (value instanceof Tensor) return value.data.length === length ? [value.data] : null
  return Array.isArray(value) && value.length === length ? [value as number[]] : null
}

/** Folders that say which half of the data a file is of, and nothing about it. */
const SPLIT = /^(?:train(?:ing)?|te?st(?:ing)?|val(?:id(?:ation)?)?|dev|eval)(?:_?set|_?data)?$/i

/**
 * Folders that could be labels, of files that are one item each: a few with several each, below folders that all files share
 * (an archive often has one) or that are named after a split.
 */
function labelFolders({ wholeFiles, partitions }: Sample): LabelFolders | null {
  if (!wholeFiles) return null
  const paths = partitions.map((partition) => partition.split('/').slice(0, -1))
  for (let depth = 0; paths.every((path) => path.length > depth); depth++) {
    const counts = new Map<string, number>()
    for (const path of paths) counts.set(path[depth]!, (counts.get(path[depth]!) ?? 0) + 1)
    const names = [...counts.keys()]
    const isFew = counts.size >= 2 && counts.size <= 1000 && [...counts.values()].every((count) => count >= 5)
    if (counts.size === 1 || names.every((name) => SPLIT.test(name))) continue
    return isFew ? { count: counts.size, depth } : null
  }
  return null
}

interface LabelFolders {
  readonly count: number
  /** How many folders stand before. */
  readonly depth: number
}

function folderNote({ count, depth }: LabelFolders): string {
  return `The ${FOLDER_WORDS[depth] ?? `${depth + 1}th`} folder is taken for the label: ${count} of them.`
}

function labelPath({ depth }: LabelFolders): string {
  return depth === 0 ? LABEL_FOLDERS : `^(?:[^/]+/){${depth}}(?<label>[^/]+)/`
}

function addLabel(schema: Record<string, unknown>): void {
  schema['properties'] = { ...(schema['properties'] as object), label: { type: 'string' } }
  schema['required'] = [...(schema['required'] as string[]), 'label']
}
