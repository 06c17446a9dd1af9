import { contractLimits } from '#core/contract.ts'
import { AppError, isAppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'
import { bytesIn, imageFileIn } from '../formats/image/image.ts'
import { beginsAs } from '../formats/unread.ts'
import { exchangeNotes, exchangeRoles, findExchange } from './exchanges.ts'
import { codeNotes, findCodes } from './codes.ts'
import { columnStats, type ColumnStats } from './columns.ts'
import { findFeatures, mainShape, refuseWide } from './features.ts'
import { areOfManySizes, commonSize, fileColumns, imageColumn, imageSizes, mostOften } from './image-sizes.ts'
import { inferImages } from './infer-images.ts'
import { inferenceOf, type Inference, type InferOptions } from './inference.ts'
import { labelFolders } from './label-folders.ts'
import { roleNotes } from './role-notes.ts'
import { FORMAT_WORDS } from './nothing.ts'
import { findRoles, type RoleHints, type Roles } from './roles.ts'
import { readSample, type Sample, type SampleOptions } from './sample.ts'
import { refuseArticles } from './articles.ts'
import { inferSchema } from './schema.ts'
import { TarPlaces } from './tar-places.ts'

/** The field that keeps the file of an image of any size. */
const DELIVERED = 'file'
const SAMPLED = 10_000

/**
 * Proposes a contract for a file or a folder from a sample of it. Throws `not_found`, and `invalid` where there is nothing to
 * read (its reason one of `NOTHING_READ`), nothing to look at, or a hint names no field.
 */
export async function inferContract(root: string, options: InferOptions = {}): Promise<Inference> {
  const records = options.records ?? SAMPLED
  const sizes = await imageSizes(root)
  const { recordBytes } = contractLimits.parse(undefined)
  // a sample may be read in several ways; each archive is looked into once
  const archives = new TarPlaces()
  const read: Read = (how = {}) => readSample(root, records, { ...how, archives })
  if (sizes === null) return inferItems(read, options)
  if (!areOfManySizes(sizes, recordBytes)) {
    const sample = await read()
    if (!areOfManyKinds(sample)) return inferFrom(sample, options)
  }
  const reading = { field: 'image', shape: [...commonSize(sizes), 4], delivered: DELIVERED }
  return inferImages(await read({ images: reading }), reading, options, sizes)
}

/** Reads a sample of what the contract is inferred for. */
type Read = (how?: Omit<SampleOptions, 'archives'>) => Promise<Sample>

/** Of what are no images by themselves: rows and samples may hold some. */
async function inferItems(read: Read, options: InferOptions): Promise<Inference> {
  const onBeginning = (some: readonly Fields[]) => refuseWideSoon(some, options)
  const sample = await read({ onBeginning, images: 'files' })
  const found = imageColumn(sample.fields)
  if (found === null) return inferWithoutImages(read, sample, options)
  const { recordBytes } = contractLimits.parse(undefined)
  const areMany = areOfManySizes(found.sizes, recordBytes)
  const isExchange = inferExchange(sample, options) !== null
  if (sample.formats.includes('webdataset') && (isExchange || !areMany)) {
    const decoded = await read()
    if (isExchange || !areOfManyKinds(decoded)) return inferFrom(decoded, options)
  } else if (isExchange) return inferFrom(sample, options)
  const { height, width } = mostOften(found.sizes)
  const size = areMany ? commonSize(found.sizes) : [height, width]
  const names = new Set(sample.fields.flatMap((fields) => Object.keys(fields)))
  const delivered = names.has(DELIVERED) ? `${found.name}_${DELIVERED}` : DELIVERED
  const reading = { field: found.name, shape: [...size, 4], delivered }
  const images = await read({ images: reading })
  const own = ['height', 'width'].filter((name) => !names.has(name))
  return inferImages(images, reading, options, found.sizes, own)
}

/** Of rows and samples of which few hold an image, or none does. */
async function inferWithoutImages(read: Read, sample: Sample, options: InferOptions): Promise<Inference> {
  const files = fileColumns(sample.fields)
  // an archive's images are decoded where they are not kept as files
  const seen = files.length > 0 && sample.formats.includes('webdataset') ? await read() : sample
  try {
    const inference = inferFrom(seen, options)
    const { features } = inference.contract
    const isOfFiles = (features.kind === 'vector' || features.kind === 'image') && files.includes(features.field)
    const problem = isOfFiles && areFiles(sample, features.field) ? problemOfFiles(sample, features.field) : null
    if (problem !== null) throw problem
    return inference
  } catch (error) {
    if (!isAppError(error, 'invalid') || (error.reason !== 'nothing_to_scan' && error.reason !== 'many_sizes'))
      throw error
    for (const name of files) {
      const problem = problemOfFiles(sample, name)
      if (problem !== null) throw problem
    }
    throw error
  }
}

/** Whether at least half of a field's cells begin as files do: bytes of a record or two may begin so by chance. */
function areFiles({ fields }: Sample, name: string): boolean {
  const begins = fields.flatMap(({ [name]: cell }) => {
    const bytes = bytesIn(cell)
    return bytes === null ? [] : [imageFileIn(cell) !== null || beginsAs(bytes) !== null]
  })
  return begins.filter(Boolean).length * 2 >= begins.length
}

type Metadata = 'metadata.csv' | 'metadata.jsonl'

/** The file that says the labels or captions of images beside it, as in image folders of Hugging Face; null if there is none. */
function metadataIn(places: readonly string[]): Metadata | null {
  const names = new Set(places.map((place) => place.slice(place.lastIndexOf('/') + 1)))
  return (['metadata.csv', 'metadata.jsonl'] as const).find((name) => names.has(name)) ?? null
}

function adviceOnMetadata(name: Metadata): string {
  const table = name === 'metadata.csv' ? `pd.read_csv('${name}')` : `pd.read_json('${name}', lines=True)`
  return `${name} says more of each image, as Hugging Face writes it: put both into one table, in its folder with python3 -c "import pandas as pd; t = ${table}; t['image'] = [open(f, 'rb').read() for f in t.file_name]; t.to_parquet('../images.parquet')", and name that table`
}

/** What to throw of a field that holds files, and cannot be scanned; null where they begin as nothing that is known. */
function problemOfFiles({ fields, formats, places }: Sample, name: string): AppError | null {
  const files = fields.flatMap(({ [name]: cell }) => bytesIn(cell) ?? [])
  const kinds = [...new Set(files.flatMap((bytes) => beginsAs(bytes) ?? []))]
  const images = fields.filter(({ [name]: cell }) => imageFileIn(cell) !== null).length
  const words = formats.map((format) => FORMAT_WORDS[format]).join(', ')
  const metadata = fields.some((record) => 'file_name' in record) ? metadataIn(places) : null
  const mend =
    metadata !== null
      ? adviceOnMetadata(metadata)
      : formats.length > 1
        ? `leave out the files that hold others, for there are ${formats.length} formats here (${words}); the labels of images are the folders that they lie in`
        : 'leave out the records without one, or the field'
  const says =
    kinds.length > 0
      ? `holds files, among them ${kinds.join(', ')}: of files in a field PNG and JPEG are read, so convert them first`
      : images > 0
        ? `holds images in ${images} of ${fields.length} records: ${mend}`
        : null
  return says === null ? null : new AppError('invalid', `field ${name} ${says}`, { reason: 'nothing_to_scan' })
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

const NO_PLACES = { hasPlaces: false, places: [], placeOf: [] } as const

function sampleOf(fields: readonly Fields[]): Sample {
  return { fields, unreadable: 0, formats: [], assumed: [], typed: true, ...NO_PLACES }
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

/** Grey beside colour, most often. */
function areOfManyKinds({ fields }: Sample): boolean {
  const image = columnStats(fields).find(({ name }) => name === 'image')
  return image !== undefined && image.shapes.size > 1 && mainShape(image).length === 0
}

function inferFrom(sample: Sample, options: InferOptions): Inference {
  const sampled = sample.fields.length
  refuseArticles(sample)
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
  if (exchange) notes.push(...exchangeNotes(exchange, columns, sample.fields, roles))
  const schema = inferSchema(columns, { sampled, typed: sample.typed }, features, roles.label?.name, codes)
  notes.push(...roleNotes({ columns, sampled, roles, features, folders, schema }, options))
  return inferenceOf(sample, { schema, features, roles, folders }, notes)
}
