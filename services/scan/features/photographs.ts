import type { ImageSamples } from '../view/samples.ts'

/** Share of an image's pixels that may equal the next one in their row: of photographs a hundredth does, of drawings a third and more. */
const MOST_EQUAL = 0.1

/** Whether most of the images are photographs: no two pixels that lie side by side are quite the same, for light and sensors vary. */
export function arePhotographs(samples: ImageSamples): boolean {
  const { pixels, height, width } = samples
  const most = MOST_EQUAL * height * Math.max(1, width - 1)
  let photographs = 0
  for (let i = 0; i < pixels.rows; i++) if (countEqual(samples, i) <= most) photographs++
  return 2 * photographs > pixels.rows
}

/** How many pixels of an image equal the next one in their row, in all channels. */
function countEqual({ pixels: { data, cols }, height, width, channels }: ImageSamples, image: number): number {
  let equal = 0
  for (let y = 0; y < height; y++) {
    const start = image * cols + y * width * channels
    for (let at = start; at < start + (width - 1) * channels; at += channels) {
      let c = 0
      while (c < channels && data[at + c] === data[at + channels + c]) c++
      if (c === channels) equal++
    }
  }
  return equal
}
