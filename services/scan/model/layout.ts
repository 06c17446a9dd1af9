import { AppError } from '#core/errors.ts'
import type { Matrix } from '../numeric/matrix.ts'
import type { Samples } from '../view/samples.ts'

/**
 * The form in which a model takes records: the shape without the batch, and for each element its place in a row of
 * `rows`.
 */
export interface Layout {
  readonly rows: Matrix
  readonly shape: readonly number[]
  /** Null where the order is the same. */
  readonly source: Int32Array | null
}

/**
 * The layout of the window's samples for a model with this input shape (without the batch): flat, or images with
 * channels last or first. Throws `invalid` where they do not fit, and for texts, exchanges and tables, whose encoding
 * only the model's owner knows: activations or losses can be supplied instead.
 */
export function layoutFor(samples: Samples, shape: readonly (number | string | null)[]): Layout {
  if (samples.kind !== 'image' && samples.kind !== 'vector') {
    throw unfit(`a model cannot read a ${samples.kind} window: its encoding is not known`)
  }
  const rows = samples.kind === 'image' ? samples.pixels : samples.vectors
  const fits = (wanted: readonly number[]) =>
    wanted.length === shape.length && wanted.every((size, at) => typeof shape[at] !== 'number' || shape[at] === size)
  if (samples.kind === 'image') {
    const { height, width, channels } = samples
    if (fits([height, width, channels])) return { rows, shape: [height, width, channels], source: null }
    if (channels === 1 && fits([height, width])) return { rows, shape: [height, width], source: null }
    if (fits([channels, height, width])) {
      return { rows, shape: [channels, height, width], source: channelsFirst(height, width, channels) }
    }
  }
  if (fits([rows.cols])) return { rows, shape: [rows.cols], source: null }
  throw unfit(`the model takes records of ${shape.join(' × ')}, the window has ${rows.cols} values each`)
}

/** Records from … to−1 in the layout, padded with zeros to `size` records. */
export function batchOf({ rows, source }: Layout, from: number, to: number, size = to - from): Float32Array {
  const d = rows.cols
  const out = new Float32Array(size * d)
  if (!source) {
    out.set(rows.data.subarray(from * d, to * d))
    return out
  }
  for (let i = from; i < to; i++) {
    for (let at = 0; at < d; at++) out[(i - from) * d + at] = rows.data[i * d + source[at]!]!
  }
  return out
}

export function unfit(message: string): AppError {
  return new AppError('invalid', message, { reason: 'model_shape' })
}

function channelsFirst(height: number, width: number, channels: number): Int32Array {
  const size = height * width
  return Int32Array.from({ length: size * channels }, (_, at) => (at % size) * channels + Math.floor(at / size))
}
