/** A decoded image: [height, width] if it is grey, else [height, width, channels]; row by row. */
export interface Pixels {
  readonly shape: readonly number[]
  readonly data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>
}

/** By its header, the image has more pixels than may be held. */
export class ImageTooLarge extends Error {}

/** The image is intact but of an unsupported kind, which the message names. */
export class ImageUnread extends Error {}

/** Throws `ImageTooLarge` if an image of this size would take more than `limit` bytes. */
export function checkSize(width: number, height: number, pixelBytes: number, limit: number): void {
  if (width * height * pixelBytes > limit) throw new ImageTooLarge()
}

/** The size that an image's header states. */
export interface ImageSize {
  readonly height: number
  readonly width: number
  /** Bytes per pixel after decoding. */
  readonly pixelBytes: number
}
