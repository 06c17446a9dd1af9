import type { Ordered } from './paint-points.ts'
import type { Points } from './points.ts'

/** What is drawn: one colour a point (count × 3 bytes), and which of them stand out: larger, and on top. */
export interface Look {
  readonly colours: Uint8Array
  readonly standsOut: (point: number) => boolean
}

/** From so many points on, each is small. */
const MANY = 50_000

/** The points as they are drawn, those that stand out last. */
export function inOrder({ count, xy }: Points, { colours, standsOut }: Look): Ordered {
  const plain = new Uint32Array(count)
  const out = new Uint32Array(count)
  let [plains, outs] = [0, 0]
  for (let i = 0; i < count; i++) {
    if (standsOut(i)) out[outs++] = i
    else plain[plains++] = i
  }
  const ordered = {
    count,
    plain: plains,
    xy: new Float32Array(2 * count),
    inks: new Uint32Array(count),
    size: count > MANY ? 2 : 4,
  }
  let at = 0
  const put = (i: number) => {
    // one by one: a view of two numbers for each of 200,000 points takes longer than all else
    ordered.xy[2 * at] = xy[2 * i] ?? 0
    ordered.xy[2 * at + 1] = xy[2 * i + 1] ?? 0
    const [red = 0, green = 0, blue = 0] = [colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]]
    ordered.inks[at++] = 0xff000000 | (blue << 16) | (green << 8) | red
  }
  const step = stepThrough(plains)
  for (let k = 0, i = 0; k < plains; k++, i = (i + step) % plains) put(plain[i] ?? 0)
  const stride = stepThrough(outs)
  for (let k = 0, i = 0; k < outs; k++, i = (i + stride) % outs) put(out[i] ?? 0)
  return ordered
}

/** A step that comes to each of so many places once, and to places all over them at any time: the golden section of their number. */
function stepThrough(places: number): number {
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b))
  let step = Math.max(1, Math.round(places * 0.618034))
  while (divides(places, step) > 1) step++
  return step
}
