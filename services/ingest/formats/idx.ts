import { Tensor } from '#core/tensor.ts'
import { broken, FormatError, type FormatItem, type FormatReader, type InputFile } from './format.ts'
import { rowBatches } from './rows.ts'

/**
 * IDX, the format of MNIST (LeCun, Cortes, Burges, "The MNIST database"): images of unsigned bytes, n × height × width, and
 * beside them a file of n labels. Yields `{ image: u8 tensor, label }`; without a file of labels, only images.
 */
export const idxReader: FormatReader = {
  name: 'idx',
  recognises(name, head) {
    if (!/(idx[13]|ubyte)/i.test(name) && !/\.idx$/i.test(name)) return false
    return head[0] === 0 && head[1] === 0 && head[2] === 0x08
  },
  partOf: (name) => (/labels/i.test(name) ? [name.replace(/labels/i, 'images').replace(/idx1/i, 'idx3')] : []),
  async *read(file, from, limits) {
    const images = await readHeader(file)
    if (images.shape.length === 0) throw new FormatError('missing_part', 'labels without their images')
    const size = images.shape.reduce((product, side) => product * side, 1)
    if (size === 0 || size > limits.itemBytes) throw new FormatError('too_large', `images of ${size} bytes`)
    const labels = await labelsOf(file, from)
    let index = from
    for await (const rows of rowBatches(file.stream(images.start + from * size), size, images.count - from)) {
      const items: FormatItem[] = []
      for (const row of rows) {
        const label = await labels?.next()
        if (label?.done) items.push({ index, body: broken('missing_part', 'an image without a label', row) })
        else items.push({ index, body: imageBody(row, images.shape, label?.value) })
        index++
      }
      yield items
    }
    if (index < images.count) {
      throw new FormatError('missing_part', `${images.count} images announced, ${index} there`)
    }
    if (labels && !(await labels.next()).done) throw new FormatError('missing_part', 'more labels than images')
  },
}

function imageBody(row: Uint8Array, shape: readonly number[], label: number | undefined): FormatItem['body'] {
  const image = new Tensor('u8', shape, row)
  return {
    kind: 'fields',
    fields: label === undefined ? { image } : { image, label },
    bytes: row.length + (label === undefined ? 0 : 1),
  }
}

async function* labelBytes(file: InputFile, start: number, count: number): AsyncGenerator<number, void> {
  let left = count
  for await (const chunk of file.stream(start)) {
    for (const byte of chunk) {
      if (left-- <= 0) return
      yield byte
    }
  }
}

async function labelsOf(file: InputFile, from: number): Promise<AsyncGenerator<number, void> | null> {
  const name = file.name.replace(/images/i, 'labels').replace(/idx3/i, 'idx1')
  const beside = name === file.name ? null : await file.sibling([name])
  if (!beside) return null
  const header = await readHeader(beside)
  if (header.shape.length > 0) throw new FormatError('undecodable', 'a file of labels that holds arrays')
  return labelBytes(beside, header.start + from, header.count - from)
}

/** The number of items, the shape of one (empty for labels), and the offset of the first. */
async function readHeader(file: InputFile): Promise<{ count: number; shape: number[]; start: number }> {
  const head = Buffer.from(await file.head())
  const dimensions = head[3] ?? 0
  const start = 4 + 4 * dimensions
  if (head[0] !== 0 || head[1] !== 0 || head[2] !== 0x08 || dimensions < 1 || dimensions > 4 || head.length < start) {
    throw new FormatError('undecodable', 'not an IDX file of unsigned bytes')
  }
  const sides = Array.from({ length: dimensions }, (_, i) => head.readUInt32BE(4 + 4 * i))
  const [count = 0, ...shape] = sides
  return { count, shape, start }
}
