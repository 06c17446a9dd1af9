import { encodingOf } from './encoding.ts'
import type { FormatName } from './format.ts'

/** The supported formats, in words. */
export const READABLE =
  'JSON lines, JSON, CSV, Parquet, Arrow, WebDataset (tar), npy, npz, IDX, PNG, JPEG, e-mail and text, gzip or zstd around them, and zip archives of them'

const MAGIC: readonly (readonly [name: string, at: number, hex: string])[] = [
  ['a GIF image', 0, '47494638'],
  ['a WebP image', 8, '57454250'],
  ['a BMP image', 0, '424d'],
  ['a TIFF image', 0, '49492a00'],
  ['a TIFF image', 0, '4d4d002a'],
  ['an AVIF or HEIC image', 4, '66747970'],
  ['a WAV recording', 8, '57415645'],
  ['an Ogg recording', 0, '4f676753'],
  ['a FLAC recording', 0, '664c6143'],
  ['a PDF', 0, '25504446'],
  ['an HDF5 file', 0, '894844460d0a1a0a'],
  ['an ORC file: write it as Parquet', 0, '4f5243'],
  ['a Feather file of version 1: write it anew, with pandas: df.to_feather("data.feather")', 0, '46454131'],
  ['an Avro container', 0, '4f626a01'],
  [
    'a workbook of Excel (or another document of old Office): save each sheet as CSV (CSV UTF-8)',
    0,
    'd0cf11e0a1b11ae1',
  ],
  ['an SQLite database', 0, '53514c69746520666f726d61742033'],
  ['a bzip2 archive, which is to be unpacked', 0, '425a68'],
  ['an xz archive, which is to be unpacked', 0, 'fd377a585a00'],
  ['a 7z archive, which is to be unpacked', 0, '377abcaf271c'],
  ['a pickle, which is never read', 0, '8002'],
  ['a pickle, which is never read', 0, '8003'],
  ['a pickle, which is never read', 0, '8004'],
  ['a pickle, which is never read', 0, '8005'],
]

const ZIP = '504b0304'
/** Formats that are zip archives, by the file's name. */
const ZIPPED: readonly (readonly [name: string, of: RegExp])[] = [
  ['a workbook of Excel: save each sheet as CSV (CSV UTF-8)', /\.xls[xmb]$/i],
  ['a spreadsheet of OpenDocument: save each sheet as CSV', /\.ods$/i],
  ['a document of Office: save its text', /\.(docx?|pptx?|odt)$/i],
  ['a model of PyTorch, which is no data', /\.(pt|pth|ckpt)$/i],
  ['a zip archive within a zip archive, which is to be unpacked first', /\.zip$/i],
]

/** Formats of text that are not read, by the file's name. */
const MARKUP: readonly (readonly [name: string, of: RegExp])[] = [
  ['XML: write it as CSV, with pandas: pd.read_xml("data.xml").to_csv("data.csv", index=False)', /\.xml$/i],
  [
    'a web page: write its table as CSV, with pandas: pd.read_html("data.html")[0].to_csv("data.csv", index=False)',
    /\.x?html?$/i,
  ],
  ['YAML: write it as JSON lines', /\.ya?ml$/i],
]

/** What unrecognised bytes seem to be, in words; null if their beginning does not show it. */
export function beginsAs(head: Uint8Array): string | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length)
  const found = MAGIC.find(([, at, hex]) => bytes.subarray(at, at + hex.length / 2).equals(Buffer.from(hex, 'hex')))
  return found?.[0] ?? null
}

/** What an unrecognised file seems to be, in words; `of a format that …` if neither its name nor its beginning shows it. */
export function nameOfUnread(name: string, head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length)
  const found = beginsAs(head)
  if (found !== null) return found
  if (bytes.toString('hex', 0, 4) === ZIP && bytes.includes('xl/worksheets/')) return ZIPPED[0]![0]
  if (bytes.toString('hex', 0, 4) === ZIP)
    return ZIPPED.find(([, of]) => of.test(name))?.[0] ?? 'a zip archive by another name: call it .zip'
  const markup = MARKUP.find(([, of]) => of.test(name))
  return markup?.[0] ?? 'of a format that neither its name nor its beginning tells'
}

/** Formats that are recognised by the file's name: those of text, and those of which each file begins as no other does. */
const BY_NAME: Partial<Readonly<Record<FormatName, 'text' | 'binary'>>> = {
  jsonl: 'text',
  json: 'text',
  csv: 'text',
  text: 'text',
  parquet: 'binary',
  arrow: 'binary',
}

/**
 * Whether a file that is named after a format begins as a file of another, which is not read: a workbook by the name of a table. Text
 * may begin with the letters that another format begins with, but it holds no zero byte.
 */
export function isMisnamed(format: FormatName, head: Uint8Array): boolean {
  const kind = BY_NAME[format]
  if (kind === undefined || (kind === 'text' && (!head.includes(0) || encodingOf(head) !== 'utf-8'))) return false
  const begin = Buffer.from(head.subarray(0, 4))
  return begin.toString('hex') === ZIP || (beginsAs(head) !== null && begin.toString('latin1', 0, 2) !== 'BM')
}

/** Names of files that may hold a web page as their data. */
const MAY_BE_MARKUP = /\.(html?|xhtml|xml|md|txt|text|eml)$/i
const POINTER = 'version https://git-lfs.github.com/spec/'
/** Bytes at the beginning within which a web page or an answer of a store shows itself. */
const LOOKED_AT = 1024

/**
 * What a file holds in place of what its name promises, and what to do, in words: a pointer of Git LFS, a web page, an object
 * store's refusal in XML. Null of every other file. An e-mail, a text and markup may begin as a web page does.
 */
export function standInOf(name: string, head: Uint8Array): string | null {
  const text = new TextDecoder().decode(head.subarray(0, LOOKED_AT)).trimStart()
  if (text.startsWith(POINTER)) return 'a pointer of Git LFS in place of the file: fetch the file with git lfs pull'
  if (MAY_BE_MARKUP.test(name)) return null
  if (/^(?:<!--[^]*?-->\s*)*<(?:!doctype\s+html|html)\b/i.test(text))
    return 'a web page, as a sign-in or an error leaves it in place of a download: download the file again'
  if (/^(?:<\?xml[^>]*\?>\s*)?<Error>\s*<Code>/.test(text))
    return "an object store's refusal in place of the file: download the file again, with the right to read it"
  return null
}

/** Whether a file holds nothing, or a byte order mark alone. */
export function isWithoutContents(head: Uint8Array): boolean {
  return head.length <= 3 && ['', 'efbbbf', 'fffe', 'feff'].includes(Buffer.from(head).toString('hex'))
}
