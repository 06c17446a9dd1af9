import { Tensor } from '#core/tensor.ts'
import { isObject } from '#core/turns.ts'
import type { Fields, Value } from '#core/value.ts'
import { broken, brokenBy, RAW_KEPT, type FormatItem, type FormatLimits, type FormatReader } from '../format.ts'
import { decodeImage, reduceImage } from './decoder.ts'
import { isJpeg } from './jpeg.ts'
import { isPng } from './png.ts'

/**
 * One image per file, PNG or JPEG, as the tensor `image`: [height, width] or [height, width, channels]. If images of any size
 * are read, the file itself is a field too, with its `height` and `width`.
 */
export const imageReader: FormatReader = {
  name: 'image',
  isOneItem: true,
  recognises: (_name, head) => isPng(head) || isJpeg(head),
  async *read(file, from, limits) {
    if (from > 0) return
    const parts: Uint8Array[] = []
    let length = 0
    for await (const chunk of file.stream()) {
      parts.push(chunk)
      length += chunk.length
      if (length > limits.itemBytes) break
    }
    yield [{ index: 0, body: await bodyOf(Buffer.concat(parts), limits) }]
  },
}

async function bodyOf(bytes: Buffer, limits: Parameters<FormatReader['read']>[2]): Promise<FormatItem['body']> {
  if (bytes.length > limits.itemBytes)
    return broken('too_large', `a file of more than ${limits.itemBytes} bytes`, bytes.subarray(0, RAW_KEPT))
  try {
    return { kind: 'fields', ...(await imageFields(bytes, limits)) }
  } catch (error) {
    return brokenBy(error)
  }
}

/** The fields of a PNG or a JPEG, and how many bytes they take. Throws as the decoder does. */
export async function imageFields(
  file: Uint8Array,
  limits: FormatLimits,
): Promise<{ readonly fields: Fields; readonly bytes: number }> {
  const bytes = new Uint8Array(file) // a copy, because the thread takes its buffer over
  const { images } = limits
  if (images === 'files') return { fields: { image: new Tensor('u8', [bytes.length], bytes) }, bytes: bytes.length }
  if (images === undefined) {
    const { shape, data } = await decodeImage(bytes, limits)
    const image = new Tensor(data instanceof Uint16Array ? 'u16' : 'u8', shape, data)
    return { fields: { image }, bytes: data.byteLength }
  }
  const { field, delivered, shape } = images
  const { pixels, height, width } = await reduceImage(bytes, shape, limits)
  const [image, kept] = [new Tensor('u8', shape, pixels.data), new Tensor('u8', [bytes.length], bytes)]
  return {
    fields: { [field]: image, [delivered]: kept, height, width },
    bytes: bytes.length + pixels.data.byteLength,
  }
}

/** The file of an image in a cell; null if it holds none. */
export function imageFileIn(cell: Value | undefined): Uint8Array | null {
  const bytes = bytesIn(cell)
  return bytes !== null && (isPng(bytes) || isJpeg(bytes)) ? bytes : null
}

/** The bytes of a file in a cell, alone or beside only a path, as Hugging Face writes files; null if it holds none. */
export function bytesIn(cell: Value | undefined): Uint8Array | null {
  const found = isFile(cell) ? cell.bytes : cell
  const isBytes = found instanceof Tensor && found.dtype === 'u8' && found.shape.length === 1
  return isBytes && found.data instanceof Uint8Array ? found.data : null
}

/** The path beside a cell's bytes, which says where the file came from. */
export function pathIn(cell: Value | undefined): string | null {
  return isFile(cell) ? cell.path : null
}

function isFile(cell: Value | undefined): cell is { readonly bytes: Value; readonly path: string | null } {
  if (!isObject(cell) || Object.keys(cell).length !== 2 || !('bytes' in cell)) return false
  return typeof cell['path'] === 'string' || cell['path'] === null
}
