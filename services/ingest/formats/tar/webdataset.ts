import type { Fields, Value } from '#core/value.ts'
import { decode } from '../../record/decode.ts'
import type { Body } from '../../source.ts'
import { broken, brokenBy, placeOf, type FormatItem, type FormatLimits, type FormatReader } from '../format.ts'
import { imageFields } from '../image/image.ts'
import { isJpeg } from '../image/jpeg.ts'
import { isPng } from '../image/png.ts'
import { beginsAs } from '../unread.ts'
import { isTar, tarMembers } from './members.ts'

/** The most members of one sample. */
const MOST_MEMBERS = 256
/** The deepest nesting here; the contract's own limit is checked afterwards. */
const DEPTH = 64
/**
 * Splits a member's path: the part before the first dot of the file's name belongs to the sample, the part after it names the
 * field.
 */
const MEMBER = /^((?:.*\/)?[^./]+)\.([^/]+)$/

/** Fields with the measured size of an image. */
const SIDES: ReadonlySet<string> = new Set(['height', 'width'])

interface Sample {
  readonly key: string
  readonly parts: Map<string, Uint8Array>
  bytes: number
  /** Why the sample is no record. */
  fault: Body | null
}

/**
 * WebDataset: a tar archive in which consecutive files with one name form a sample. An object in `.json` gives its fields; an
 * image is `image`; any other text is a field named by its extension, with `cls` as a number. A sample with any other part is
 * refused whole, so that nothing is admitted without a scan. Its path is the folder and name that its files share.
 */
export const webDatasetReader: FormatReader = {
  name: 'webdataset',
  recognises: (name, head) => /\.tar$/i.test(name) || isTar(head),
  async *read(file, from, limits) {
    let index = 0
    let sample: Sample | null = null
    for await (const member of tarMembers(file)) {
      const named = partOfSample(member.path)
      if (named === null) continue
      const { key, extension } = named
      if (sample !== null && sample.key !== key) {
        if (index >= from) yield [await itemOf(sample, index, limits)]
        index++
        sample = null
      }
      sample ??= { key, parts: new Map(), bytes: 0, fault: null }
      sample.bytes += member.size
      if (sample.bytes > limits.itemBytes || sample.parts.size >= MOST_MEMBERS)
        sample.fault ??= broken('too_large', `a sample of more than ${limits.itemBytes} bytes or ${MOST_MEMBERS} files`)
      else if (sample.parts.has(extension))
        sample.fault ??= broken('undecodable', 'a sample with a file that is there twice')
      if (sample.fault !== null || index < from) continue
      const bytes = await member.bytes(limits.itemBytes)
      if (bytes !== null) sample.parts.set(extension, bytes)
    }
    if (sample !== null && index >= from) yield [await itemOf(sample, index, limits)]
  },
}

/** The sample and the part that a member belongs to; null if it belongs to none. */
export function partOfSample(path: string): { readonly key: string; readonly extension: string } | null {
  const [, key, extension = ''] = MEMBER.exec(path.replace(/^\.\//, '')) ?? []
  return key === undefined ? null : { key, extension }
}

async function itemOf(sample: Sample, index: number, limits: FormatLimits): Promise<FormatItem> {
  return { index, body: await bodyOf(sample, limits), path: placeOf(sample.key) }
}

async function bodyOf({ parts, bytes, fault }: Sample, limits: FormatLimits): Promise<Body> {
  if (fault !== null) return fault
  const [only, ...others] = parts
  if (only !== undefined && others.length === 0 && TABLES.has(only[0]))
    return broken('undecodable', 'a file of records, which is read where the archive is unpacked', only[1])
  const [fields, sides] = [new Map<string, Value>(), new Map<string, Value>()]
  for (const [extension, part] of parts) {
    const read = await fieldsOf(extension, part, limits)
    if (!('fields' in read)) return read
    for (const [name, value] of Object.entries(read.fields)) {
      const into = isImage(part) && SIDES.has(name) ? sides : fields
      if (into.has(name)) return broken('undecodable', 'a sample in which two files give the same field')
      into.set(name, value)
    }
  }
  // a height or width that the sample itself has is kept
  return { kind: 'fields', fields: Object.fromEntries([...sides, ...fields]), bytes }
}

/** Extensions of files that hold many records. Beside other files of a sample one may be a part of it. */
const TABLES: ReadonlySet<string> = new Set(['jsonl', 'ndjson', 'csv', 'tsv', 'parquet', 'arrow', 'feather'])

function isImage(bytes: Uint8Array): boolean {
  return isPng(bytes) || isJpeg(bytes)
}

async function fieldsOf(
  extension: string,
  bytes: Uint8Array,
  limits: FormatLimits,
): Promise<{ readonly fields: Fields } | Body> {
  if (isImage(bytes)) return imageOf(bytes, limits)
  if (extension === 'json') {
    const body = { kind: 'bytes', bytes, contentType: 'application/json' } as const
    const { fields, fault } = decode(body, { recordBytes: limits.itemBytes, depth: DEPTH }, new Set())
    if (fault === null) return { fields }
    return broken(fault.reason === 'invalid_utf8' ? 'invalid_utf8' : 'undecodable', `.json: ${fault.detail}`, bytes)
  }
  const text = textOf(bytes)
  if (text === null) {
    const kind = beginsAs(bytes)
    const what =
      kind === null ? 'a file that is neither JSON, text, PNG nor JPEG' : `${kind}: JSON, text, PNG and JPEG are read`
    return broken('undecodable', `a sample with ${what}`, bytes)
  }
  const isClass = extension === 'cls' && /^\s*-?\d{1,9}\s*$/.test(text)
  return { fields: { [extension]: isClass ? Number(text) : text } }
}

async function imageOf(bytes: Uint8Array, limits: FormatLimits): Promise<{ readonly fields: Fields } | Body> {
  try {
    return await imageFields(bytes, limits)
  } catch (error) {
    return brokenBy(error)
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function textOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return UTF8.decode(bytes)
  } catch {
    return null
  }
}
