/** Points as they are drawn: those that stand out last, so that they lie on top, and twice as large. */
export interface Ordered {
  readonly count: number
  /** So many come first that do not stand out. The first of them, however many, are a sample of them all. */
  readonly plain: number
  /** count × 2 */
  readonly xy: Float32Array
  /** A colour of four bytes each: red, green, blue, and that it covers. */
  readonly inks: Uint32Array
  /** Of what does not stand out, in pixels, at the whole. */
  readonly size: number
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

/** Points from one place of the order up to another, and how large they are. */
interface Run {
  readonly from: number
  readonly to: number
  readonly size: number
}

/** What is drawn of them when it may be so many: first of all what stands out. */
export function runsOf({ count, plain, size }: Ordered, most: number): readonly [plain: Run, out: Run] {
  const out = Math.min(count - plain, most)
  return [
    { from: 0, to: Math.min(plain, most - out), size },
    { from: plain, to: plain + out, size: 2 * size },
  ]
}

/** Paints points as squares into the pixels of a picture (RGBA), of which nothing was painted before. */
export function paint(pixels: Uint8ClampedArray, width: number, points: Ordered, view: View, most = Infinity): void {
  // a pixel at once, as every processor of today lays its four bytes
  const whole = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4)
  for (const run of runsOf(points, most)) paintRun(whole, width, points, view, run)
}

function paintRun(whole: Uint32Array, width: number, { xy, inks }: Ordered, view: View, run: Run): void {
  const height = whole.length / width
  const size = Math.max(1, Math.round(run.size * grownBy(view)))
  const half = size / 2
  const [across, down] = [view.scale * width, view.scale * height]
  for (let i = run.from; i < run.to; i++) {
    const left = Math.round(((xy[2 * i] ?? 0) - view.x) * across - half)
    const top = Math.round(((xy[2 * i + 1] ?? 0) - view.y) * down - half)
    if (left >= width || top >= height || left + size <= 0 || top + size <= 0) continue
    const [toX, toY] = [Math.min(width, left + size), Math.min(height, top + size)]
    const ink = inks[i] ?? 0
    for (let y = Math.max(0, top); y < toY; y++)
      for (let x = Math.max(0, left); x < toX; x++) whole[y * width + x] = ink
  }
}
