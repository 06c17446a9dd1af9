/** Points as they are drawn, those on top last. */
export interface Ordered {
  readonly count: number
  /** count × 2 */
  readonly xy: Float32Array
  /** count × 3 bytes */
  readonly colours: Uint8Array
  /** In pixels, at the whole. */
  readonly sizes: Float32Array
}

/** What of the square is seen: its left top corner, and how many times nearer. */
export interface View {
  readonly x: number
  readonly y: number
  readonly scale: number
}

/** How many times larger a point is drawn, from nearer. */
export function grownBy({ scale }: View): number {
  return Math.min(3, Math.sqrt(scale))
}

/** Paints points as squares into the pixels of a picture (RGBA), of which nothing was painted before. */
export function paint(pixels: Uint8ClampedArray, width: number, points: Ordered, view: View): void {
  const height = pixels.length / 4 / width
  // a pixel at once, as every processor of today lays its four bytes
  const whole = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height)
  const { count, xy, colours, sizes } = points
  const grown = grownBy(view)
  for (let i = 0; i < count; i++) {
    const size = Math.max(1, Math.round((sizes[i] ?? 1) * grown))
    const left = Math.round(((xy[2 * i] ?? 0) - view.x) * view.scale * width - size / 2)
    const top = Math.round(((xy[2 * i + 1] ?? 0) - view.y) * view.scale * height - size / 2)
    const [toX, toY] = [Math.min(width, left + size), Math.min(height, top + size)]
    const ink =
      (0xff000000 | ((colours[3 * i + 2] ?? 0) << 16) | ((colours[3 * i + 1] ?? 0) << 8) | (colours[3 * i] ?? 0)) >>> 0
    for (let y = Math.max(0, top); y < toY; y++)
      for (let x = Math.max(0, left); x < toX; x++) whole[y * width + x] = ink
  }
}
