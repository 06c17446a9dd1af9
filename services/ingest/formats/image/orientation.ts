import { isJpeg } from './jpeg.ts'
import { isPng } from './png.ts'

const ORIENTATION = 0x0112

/**
 * How an image must be turned before it is shown (Exif 3.0, tag 0x0112): 1 to 8, where 1 is as stored. 1 if the head does not
 * say.
 */
export function orientationOf(head: Uint8Array): number {
  const file = Buffer.from(head.buffer, head.byteOffset, head.length)
  try {
    const exif = isJpeg(head) ? exifOfJpeg(file) : isPng(head) ? exifOfPng(file) : null
    return exif === null ? 1 : tagOf(exif)
  } catch {
    return 1 // an offset beyond the end says nothing
  }
}

function exifOfJpeg(file: Buffer): Buffer | null {
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff && file[at + 1] !== 0xda;) {
    const length = file.readUInt16BE(at + 2)
    if (file[at + 1] === 0xe1 && file.toString('latin1', at + 4, at + 10) === 'Exif\0\0')
      return file.subarray(at + 10, at + 2 + length)
    at += 2 + length
  }
  return null
}

function exifOfPng(file: Buffer): Buffer | null {
  for (let at = 8; at + 12 <= file.length;) {
    const length = file.readUInt32BE(at)
    if (file.toString('latin1', at + 4, at + 8) === 'eXIf') return file.subarray(at + 8, at + 8 + length)
    at += 12 + length
  }
  return null
}

/** The tag in the first directory of a TIFF. Throws RangeError if an offset points beyond the end. */
function tagOf(tiff: Buffer): number {
  const order = tiff.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return 1
  const word = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const start = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  const entries = word(start)
  for (let entry = 0; entry < entries; entry++) {
    const at = start + 2 + entry * 12
    if (word(at) !== ORIENTATION) continue
    const value = word(at + 8)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}
