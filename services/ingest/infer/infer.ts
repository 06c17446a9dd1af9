import { contractLimits, contractSchema } from '#core/contract.ts'
import { AppError, isAppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'
import { bytesIn } from '../formats/image/image.ts'
import { beginsAs } from '../formats/unread.ts'
import { asideNotes } from './aside-notes.ts'
import { exchangeNotes, exchangeRoles, findExchange } from './exchanges.ts'
import { codeNotes, findCodes } from './codes.ts'
import { columnStats, type ColumnStats } from './columns.ts'
import { findFeatures, mainShape, refuseWide } from './features.ts'
import { areOfManySizes, commonSize, imageColumn, imageSizes } from './image-sizes.ts'
import { inferImages } from './infer-images.ts'
import type { Inference, InferOptions } from './inference.ts'
import { addLabel, folderNote, labelFolders, labelPath } from './label-folders.ts'
import { findRoles, type RoleHints, type Roles } from './roles.ts'
import { readSample, type Sample } from './sample.ts'
import { inferSchema } from './schema.ts'
import { tarFolderNotes } from './tar-folders.ts'

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

/** Grey beside colour, most often. */
function areOfManyKinds({ fields }: Sample): boolean {
  const image = columnStats(fields).find(({ name }) => name === 'image')
  return image !== undefined && image.shapes.size > 1 && mainShape(image).length === 0
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

/** Records that the schema lets through without a label: where it is null, or absent where that is nothing unusual. */
function unlabelledOf(schema: Record<string, unknown>, label: ColumnStats, sampled: number): number {
  const isRequired = (schema['required'] as string[]).includes(label.name)
  return label.missing + (isRequired ? 0 : sampled - label.present)
}
