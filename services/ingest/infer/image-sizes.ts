import { openInputFile } from '../formats/input-file.ts'
import { isObject } from '#core/turns.ts'
import type { Fields } from '#core/value.ts'
import { bytesIn, imageFileIn } from '../formats/image/image.ts'
import { sizeOfJpeg } from '../formats/image/jpeg.ts'
import { sizeOfPng } from '../formats/image/png.ts'
import type { ImageSize } from '../formats/image/pixels.ts'
import { formatOf } from '../formats/registry.ts'
import { listFiles } from '../sources/files/list-files.ts'
import { spread } from './spread.ts'

/** Of so many files is it looked up what size their images are. */
const LOOKED_AT = 2000
/** A header that comes later, behind a profile and a preview, is not looked for. */
const HEADER_BYTES = 1024 * 1024
/** The longer side of what images of several sizes are compared at. */
const LONGEST = 64
/** Where so many are of one size, those of another are the ones to refuse. */
const AGREEMENT = 0.95
/** A size goes with a label where so many of its images have it, and at most the rest of the others. */
const TELLING = 0.9
const FEWEST = 10

/** An image of a folder by its header. */
export interface FoundImage extends ImageSize {
  readonly partition: string
}

/** The sizes of a folder's images, some of them where it has many; null where there are other files among them. */
export async function imageSizes(root: string): Promise<FoundImage[] | null> {
  const files = spread(await listFiles(root), LOOKED_AT)
  const sizes: FoundImage[] = []
  for (const { fault, ...found } of files) {
    if (fault !== undefined) return null
    const { partition } = found
    const file = await openInputFile(found)
    const head = await file.head()
    if (head.length === 0) continue
    if (formatOf(file.name, head)?.name !== 'image') return null
    const size = sizeOf(head) ?? sizeOf(await beginningOf(file))
    if (size !== null) sizes.push({ partition, ...size })
  }
  return sizes.length === 0 ? null : sizes
}

/** Whether images are of several sizes, or larger than a record may be. */
export function areOfManySizes(sizes: readonly ImageSize[], recordBytes: number): boolean {
  const usual = sizeText(mostOften(sizes))
  const most = sizes.filter((size) => sizeText(size) === usual).length
  const large = sizes.filter(({ height, width, pixelBytes }) => height * width * pixelBytes > recordBytes)
  return most < sizes.length * AGREEMENT || large.length > sizes.length * (1 - AGREEMENT)
}

/** The size that most of them have, of several the first; of at least one. */
export function mostOften<S extends Size>(sizes: readonly S[]): S {
  const [most] = [...Map.groupBy(sizes, sizeText).values()].toSorted((a, b) => b.length - a.length)
  return most![0]!
}

/** The height and width at which images of these sizes are compared. */
export function commonSize(sizes: readonly ImageSize[]): readonly [height: number, width: number] {
  const [height, width] = [median(sizes.map((size) => size.height)), median(sizes.map((size) => size.width))]
  const factor = Math.min(1, LONGEST / Math.max(height, width))
  return [Math.max(4, Math.round(height * factor)), Math.max(4, Math.round(width * factor))]
}

/** From the smallest to the largest, for a person. */
export function rangeOf(sizes: readonly Size[]): string {
  const sorted = sizes.toSorted((a, b) => a.height * a.width - b.height * b.width)
  const kinds = new Set(sizes.map(sizeText)).size
  if (kinds === 1) return sizeText(sorted[0]!)
  return `${kinds} sizes, ${sizeText(sorted[0]!)} to ${sizeText(sorted.at(-1)!)}`
}

type Size = Pick<ImageSize, 'height' | 'width'>

/** Sentences on labels whose images have a size or a form that the others have not. */
export function sizesThatTell(sizes: readonly (Size & { readonly label: string })[]): string[] {
  const labels = Map.groupBy(sizes, ({ label }) => label)
  const notes: string[] = []
  for (const [label, own] of labels) {
    if (own.length < FEWEST || sizes.length - own.length < FEWEST) continue
    for (const trait of [sizeText, formOf]) {
      const [most] = [...Map.groupBy(own, trait)].toSorted(([, a], [, b]) => b.length - a.length)
      const [value, holders] = most!
      const elsewhere = sizes.filter((size) => trait(size) === value).length - holders.length
      const [share, others] = [holders.length / own.length, elsewhere / (sizes.length - own.length)]
      if (share < TELLING || others > 1 - TELLING) continue
      notes.push(
        `Of the images labelled ${label} ${percent(share)} are ${value}, of the others ${percent(others)}: a model may learn that in place of what they show.`,
      )
      break
    }
  }
  return notes
}

/**
 * The column of rows, or the field of an archive's samples, that holds files of images in nearly all records, and their sizes;
 * null where there is none.
 */
export function imageColumn(
  fields: readonly Fields[],
): { readonly name: string; readonly sizes: readonly ImageSize[] } | null {
  for (const name of fileColumns(fields).toSorted((a, b) => Number(b === 'image') - Number(a === 'image'))) {
    const sizes = fields.flatMap(({ [name]: cell }) => {
      const file = imageFileIn(cell)
      const size = file && sizeOf(file)
      return size === null ? [] : [size]
    })
    if (sizes.length > 0 && sizes.length >= fields.length * AGREEMENT) return { name, sizes }
  }
  return null
}

/** Columns whose first cell that holds something holds bytes: of a thousand columns of a table no other cell is looked at. */
export function fileColumns(fields: readonly Fields[]): string[] {
  const [seen, found] = [new Set<string>(), new Set<string>()]
  for (const record of fields) {
    for (const name in record) {
      const cell = record[name]
      if (seen.has(name) || cell === null || (isObject(cell) && cell['bytes'] === null)) continue
      seen.add(name)
      if (bytesIn(cell) !== null) found.add(name)
    }
  }
  return [...found]
}

function sizeOf(head: Uint8Array): ImageSize | null {
  return sizeOfPng(head) ?? sizeOfJpeg(head)
}

async function beginningOf(file: { stream(): AsyncIterable<Uint8Array> }): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of file.stream()) {
    parts.push(part)
    length += part.length
    if (length >= HEADER_BYTES) break
  }
  return Buffer.concat(parts)
}

function sizeText({ height, width }: Size): string {
  return `${height} × ${width}`
}

function formOf({ height, width }: Size): string {
  return height === width ? 'square' : height > width ? 'upright' : 'broad'
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
