import type { ImageSamples } from '../view/samples.ts'

/** Share of an image's pixels that may equal the next one in their row: of photographs a hundredth does, of drawings a third and more. */
const MOST_EQUAL = 0.1

/** Whether most of the images are photographs: no two pixels that lie side by side are quite the same, for light and sensors vary. */
export function arePhotographs(samples: ImageSamples): boolean {
  const { rows } = samples.pixels
  let photographs = 0
  for (let i = 0; i < rows; i++) {
    if (isPhotograph(samples, i)) photographs++
    const others = i + 1 - photographs
    if (2 * photographs > rows || 2 * others >= rows) break
  }
  return 2 * photographs > rows
}

/** Whether at most so many pixels of an image equal the next one in their row, in all channels. */
function isPhotograph({ pixels: { data, cols }, height, width, channels }: ImageSamples, image: number): boolean {
  const most = MOST_EQUAL * height * Math.max(1, width - 1)
  let equal = 0
  for (let y = 0; y < height; y++) {
    const start = image * cols + y * width * channels
    for (let at = start; at < start + (width - 1) * channels; at += channels) {
      let c = 0
      while (c < channels && data[at + c] === data[at + channels + c]) c++
      if (c === channels) equal++
    }
    if (equal > most) return false
  }
  return true
}
