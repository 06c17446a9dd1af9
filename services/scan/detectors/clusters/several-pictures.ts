import type { ImageSamples } from '../../view/samples.ts'

/** Pictures of a group at least: what so few share is what they show. */
const LEAST_PICTURES = 10
/** The mean square distance of two images below which they are one picture. */
const SAME_PICTURE = 0.04 ** 2
/** Members that are compared, evenly spread. */
const MOST_ASKED = 60

/** Whether members show at least ten pictures, near-copies of one counted once. */
export function showSeveralPictures(members: Int32Array, { pixels }: ImageSamples): boolean {
  const asked = Math.min(members.length, MOST_ASKED)
  const pictures: number[] = []
  for (let k = 0; k < asked && pictures.length < LEAST_PICTURES; k++) {
    const i = members[Math.floor((k * members.length) / asked)]!
    if (pictures.every((j) => distance(pixels.data, i, j, pixels.cols) > SAME_PICTURE)) pictures.push(i)
  }
  return pictures.length >= LEAST_PICTURES
}

function distance(data: Float32Array, i: number, j: number, cols: number): number {
  let sum = 0
  for (let c = 0; c < cols; c++) sum += (data[i * cols + c]! - data[j * cols + c]!) ** 2
  return sum / cols
}
