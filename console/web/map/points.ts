/** Points of a map: where each lies, from 0 to 1 from the left and from the top. */
export interface Points {
  readonly count: number
  /** count × 2 */
  readonly xy: Float32Array
}

const MARGIN = 0.04

/** Little-endian float32, base64, as points that fill the square; what has no extent lies in its middle. */
export function pointsOf(base64: string): Points {
  const raw = float32(base64)
  const xy = new Float32Array(raw.length)
  for (const axis of [0, 1]) {
    let [low, high] = [Infinity, -Infinity]
    for (let i = axis; i < raw.length; i += 2) {
      const value = raw[i] ?? 0
      if (!Number.isFinite(value)) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    for (let i = axis; i < raw.length; i += 2) {
      const value = raw[i] ?? 0
      const share = high > low && Number.isFinite(value) ? (value - low) / (high - low) : 0.5
      xy[i] = MARGIN + (1 - 2 * MARGIN) * share
    }
  }
  return { count: raw.length / 2, xy }
}

export function float32(base64: string): Float32Array {
  const bytes = bytesOf(base64)
  const view = new DataView(bytes.buffer)
  return Float32Array.from({ length: bytes.length >> 2 }, (_, i) => view.getFloat32(4 * i, true))
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}

/** The points within a closed line of such places (even-odd rule). */
export function within({ count, xy }: Points, line: readonly (readonly [number, number])[]): number[] {
  const found: number[] = []
  const [left, right] = [Math.min(...line.map(([x]) => x)), Math.max(...line.map(([x]) => x))]
  const [top, bottom] = [Math.min(...line.map(([, y]) => y)), Math.max(...line.map(([, y]) => y))]
  for (let i = 0; i < count; i++) {
    const [x, y] = [xy[2 * i] ?? 0, xy[2 * i + 1] ?? 0]
    if (x < left || x > right || y < top || y > bottom) continue
    let isIn = false
    for (let a = 0, b = line.length - 1; a < line.length; b = a++) {
      const [ax, ay] = line[a] ?? [0, 0]
      const [bx, by] = line[b] ?? [0, 0]
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn
    }
    if (isIn) found.push(i)
  }
  return found
}

/** Places in order, as a query names them: `3,7-9`. */
export function rangesOf(places: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const place of places) {
    const last = ranges.at(-1)
    if (last !== undefined && place === last[1] + 1) last[1] = place
    else ranges.push([place, place])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}
