import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError } from '#core/errors.ts'
import type { Fault } from '../record/check-fields.ts'
import type { FormatName } from '../formats/format.ts'
import { REMEDY } from '../formats/json-tables.ts'
import { READABLE } from '../formats/unread.ts'
import { isArchive } from '../formats/zip/archive.ts'
import { isAboutData } from '../sources/files/list-files.ts'

/** What kept one file, or an item of it, from being read. */
export interface Obstacle {
  /** The file. */
  readonly name: string
  /** What the file was recognised as; null where no reader knows it. */
  readonly format: FormatName | null
  /** What is wrong; of a file that no reader knows, what it seems to be; null of a file without any item. */
  readonly detail: string | null
  readonly reason: Fault['reason'] | null
  /** Whether the whole rest of the file cannot be read. */
  readonly breaks: boolean
}

export const FORMAT_WORDS: Readonly<Record<FormatName, string>> = {
  jsonl: 'JSON lines',
  json: 'JSON',
  csv: 'CSV',
  idx: 'IDX',
  image: 'an image',
  npy: 'npy',
  npz: 'npz',
  parquet: 'Parquet',
  arrow: 'Arrow',
  webdataset: 'WebDataset (tar)',
  email: 'an e-mail',
  text: 'text',
}

/** By the reason that a program sees: what a person does about it. */
const ADVICE = {
  empty_files: 'Deliver what belongs there.',
  stand_in: 'Deliver the file itself.',
  unread_format: `Convert it, or name it after its format (.csv, .jsonl, .txt). What is read: ${READABLE}.`,
  not_utf8: 'It is neither UTF-8 nor UTF-16 nor Windows-1252: save it as UTF-8.',
  damaged_file: 'Deliver it again, whole.',
  unread_archive: 'Unpack it, or pack it anew: deflated, without a password, each file under a name of its own.',
  not_records: `Each record is an object of its own, such as {"text": "…", "label": "…"}; ${REMEDY}. A file of another format is named after it (.csv, .txt).`,
  bad_rows: 'A table has a header, a name of its own for each column, and as many cells in every row.',
  bad_values: 'Mend the values where they are written.',
  item_too_large: 'Split what is too large.',
} as const
type Cause = keyof typeof ADVICE

/** The reasons of errors that say that there is nothing to look at. */
export const NOTHING_READ: ReadonlySet<string> = new Set(['no_files', 'nothing_readable', ...Object.keys(ADVICE)])

const EXAMPLES = 3

/**
 * What to throw where files were looked at and no record was found: `invalid`, its reason the cause where they share one, else
 * `nothing_readable`; a sentence with what was recognised in which file, and one on what to do.
 */
export function nothingReadable(root: string, obstacles: readonly Obstacle[]): AppError {
  const alike = Map.groupBy(
    obstacles,
    (obstacle) => `${causeOf(obstacle)} ${obstacle.detail?.replace(/, at line \d+/, '')}`,
  )
  const most = [...alike.values()].sort((a, b) => b.length - a.length)
  const isAlone = obstacles.every(({ name }) => name === basename(root))
  const told = most.slice(0, EXAMPLES).map((group) => describe(group, isAlone))
  const more = most.length > EXAMPLES ? [`${most.length - EXAMPLES} more kinds of trouble`] : []
  const causes = [...new Set(most.map(([first]) => causeOf(first!)))]
  const message = `${root} holds nothing that can be read: ${[...told, ...more].join('; ')}. ${causes
    .map((cause) => ADVICE[cause])
    .join(' ')}`
  return new AppError('invalid', message, { reason: causes.length === 1 ? causes[0]! : 'nothing_readable' })
}

/** What is whole, and of a kind that is not read. */
const UNREAD = /\bpickles\b|\bPNG (?:nor|and) JPEG\b|\bstructured type\b|\btype that is not read\b|\bFortran order\b/

function causeOf({ format, detail, reason, breaks }: Obstacle): Cause {
  if (detail === null) return 'empty_files'
  if (/\bzip (?:archive with|compression)|\bencrypted zip|\bof several parts\b|\barchive is unpacked\b/.test(detail))
    return 'unread_archive'
  if (format === null && detail.includes(' in place of ')) return 'stand_in'
  if (format === null) return breaks ? 'damaged_file' : 'unread_format'
  if (UNREAD.test(detail)) return 'unread_format'
  if (reason === 'invalid_utf8') return 'not_utf8'
  if (reason === 'too_large') return 'item_too_large'
  if (reason === 'too_deep' || reason === 'forbidden_key' || reason === 'not_finite') return 'bad_values'
  if (format === 'csv' && (!breaks || /\bheader\b/.test(detail))) return 'bad_rows'
  if (breaks || !(format === 'json' || format === 'jsonl')) return 'damaged_file'
  return 'not_records'
}

/** What begins so names a file; what begins otherwise says what is wrong with it. */
const NOUN = /^(?:an?|the|not an?) /

function describe(group: readonly Obstacle[], isAlone: boolean): string {
  const { name, format, detail, breaks } = group[0]!
  const files = new Set(group.map((obstacle) => obstacle.name)).size
  const others = files > 1 ? `, and ${files - 1} more` : ''
  const times = files === 1 && group.length > 1 ? ` (${group.length} times)` : ''
  const who = isAlone ? 'it' : name
  const as = format === null ? '' : `read as ${FORMAT_WORDS[format]}`
  if (detail === null) return `${who} has no records${others}${as === '' ? '' : ` (${as})`}`
  const noun = detail.replace(/^the file is /, '')
  if (format === null && (!breaks || NOUN.test(noun))) return `${who} is ${noun}${others}`
  return `${[...(isAlone && as !== '' ? [] : [who]), ...(as === '' ? [] : [as])].join(', ')}: ${detail}${times}${others}`
}

/** What to throw where there is no file to look at: `invalid`, reason `no_files`, and what was passed over. */
export async function noFiles(root: string): Promise<AppError> {
  if (isArchive(root)) return new AppError('invalid', `${root} holds no files to read`, { reason: 'no_files' })
  const entries = await readdir(root, { withFileTypes: true, recursive: true })
  const isHidden = ({ parentPath, name }: (typeof entries)[number]) =>
    `${parentPath.slice(root.length)}/${name}`.includes('/.')
  const files = entries.filter((entry) => !entry.isDirectory())
  const seen = files.filter((entry) => !isHidden(entry))
  const passed: readonly (readonly [number, string])[] = [
    [files.filter(isHidden).length, 'hidden by a dot before its name'],
    [seen.filter((entry) => entry.isSymbolicLink()).length, 'linked, which may lead out of it'],
    [seen.filter((entry) => isAboutData(entry.name)).length, 'about the data, such as a README'],
  ]
  const over = passed.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []))
  const why = over.length === 0 ? '' : ` to read; passed over: ${over.join('; ')}`
  return new AppError('invalid', `${root} holds no files${why}`, { reason: 'no_files' })
}
