import type { ImageSamples } from '../view/samples.ts'

/** The most pixels of an image whose colours are counted. */
const MOST_READ = 4096
/** Values of 0…1 times this, added up by channel, are one number a colour. */
const APART = 1009

/** How many pairs of neighbours an image has, beside and below one another. */
export function neighbourPairs({ height, width }: ImageSamples): number {
  return height * (width - 1) + (height - 1) * width
}

/**
 * By image: the correlation of each pixel with the one beside it and the one below it, −1…1 about. 1 where all pixels
 * are equal.
 */
export function likeNeighbours(samples: ImageSamples): Float64Array {
  const { height, width, channels, pixels } = samples
  const row = width * channels
  const pairs = neighbourPairs(samples)
  const off = new Float64Array(pixels.cols)
  return Float64Array.from({ length: pixels.rows }, (_, i) => {
    const squares = offsetsInto(off, samples, i)
    if (squares === 0) return 1
    let beside = 0
    for (let y = 0; y < height; y++) {
      const end = (y + 1) * row - channels
      for (let at = y * row; at < end; at++) beside += off[at]! * off[at + channels]!
    }
    let below = 0
    for (let at = 0; at < off.length - row; at++) below += off[at]! * off[at + row]!
    return (((beside + below) / squares) * height * width) / pairs
  })
}

/** The standard deviation of image i's pixels within their channels. */
export function contrast(samples: ImageSamples, i: number): number {
  const { cols } = samples.pixels
  return Math.sqrt(offsetsInto(new Float64Array(cols), samples, i) / cols)
}

/** The mean correlation of each channel of image i with the next; 1 where a channel is flat, 0 of images of one channel. */
export function likeChannels(samples: ImageSamples, i: number): number {
  const { channels, pixels } = samples
  const off = new Float64Array(pixels.cols)
  offsetsInto(off, samples, i)
  const sum = (a: number, b: number) => {
    let all = 0
    for (let at = 0; at < off.length; at += channels) all += off[at + a]! * off[at + b]!
    return all
  }
  let alike = 0
  for (let c = 0; c + 1 < channels; c++) {
    const spread = Math.sqrt(sum(c, c) * sum(c + 1, c + 1))
    alike += spread === 0 ? 1 : sum(c, c + 1) / spread
  }
  return alike / Math.max(1, channels - 1)
}

/** The entropy of an image's colours, in bits: 0 of one, 1 of two that are as frequent. Of large images some pixels are read. */
export function colourEntropy({ channels, pixels: { data, cols } }: ImageSamples, i: number): number {
  const step = channels * Math.ceil(cols / channels / MOST_READ)
  const counts = new Map<number, number>()
  for (let at = i * cols; at < (i + 1) * cols; at += step) {
    let colour = 0
    for (let c = 0; c < channels; c++) colour = colour * APART + data[at + c]!
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const read = Math.ceil(cols / step)
  let bits = 0
  for (const count of counts.values()) bits -= (count / read) * Math.log2(count / read)
  return bits
}

/** Image i less the mean of each channel, into `off`; returns the sum of squares. */
function offsetsInto(off: Float64Array, { channels, pixels: { data, cols } }: ImageSamples, i: number): number {
  const from = i * cols
  let squares = 0
  for (let c = 0; c < channels; c++) {
    let sum = 0
    for (let at = c; at < cols; at += channels) sum += data[from + at]!
    const mean = (sum * channels) / cols
    for (let at = c; at < cols; at += channels) {
      const difference = data[from + at]! - mean
      off[at] = difference
      squares += difference * difference
    }
  }
  return squares
}
