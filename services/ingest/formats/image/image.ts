import { Tensor } from '#core/tensor.ts'
import { broken, FormatError, RAW_KEPT, type FormatItem, type FormatReader } from '../format.ts'
import { decodeImage, reduceImage } from './decoder.ts'
import { isJpeg } from './jpeg.ts'
import { isPng } from './png.ts'

/**
 * One image a file, PNG or JPEG, as the tensor `image`: [height, width], or [height, width, channels]. Of images of any size the
 * file itself is a field, too, with its `height` and `width`.
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
    if (limits.images !== undefined) {
      const { delivered, shape } = limits.images
      const { pixels, height, width } = await reduceImage(new Uint8Array(bytes), shape, limits)
      const file = new Tensor('u8', [bytes.length], new Uint8Array(bytes))
      const image = new Tensor('u8', shape, pixels.data)
      const taken = bytes.length + pixels.data.byteLength
      return { kind: 'fields', fields: { image, [delivered]: file, height, width }, bytes: taken }
    }
    const { shape, data } = await decodeImage(new Uint8Array(bytes), limits)
    const image = new Tensor(data instanceof Uint16Array ? 'u16' : 'u8', shape, data)
    return { kind: 'fields', fields: { image }, bytes: data.byteLength }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return broken(error.reason, error.message, error.raw)
  }
}
