/** A decoded image: [height, width] where it is grey, else [height, width, channels]; row by row. */
export interface Pixels {
  readonly shape: readonly number[]
  readonly data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>
}

/** The header of an image promises more than may be held. */
export class ImageTooLarge extends Error {}

/** The image is whole, and of a kind that is not read: which, in words. */
export class ImageUnread extends Error {}

/** Throws `ImageTooLarge` where an image of this size would take more than `limit` bytes. */
export function checkSize(width: number, height: number, pixelBytes: number, limit: number): void {
  if (width * height * pixelBytes > limit) throw new ImageTooLarge()
}

/** What an image's header says of its size. */
export interface ImageSize {
  readonly height: number
  readonly width: number
  /** Bytes of a pixel, where it is decoded. */
  readonly pixelBytes: number
}
