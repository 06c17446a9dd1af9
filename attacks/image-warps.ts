import type { Random } from '#core/random.ts'
import { attackOf, classOthers, eightBit, imageAt, relabel } from './plant.ts'
import type { Attack, Images } from './types.ts'

/** Displacement in pixels: `dy` and `dx` at each of height × width places. */
interface Flow {
  readonly dy: Float64Array
  readonly dx: Float64Array
}

const GRID = 4

/** A smooth field: 4 × 4 control points, uniform in ±1, scaled to a mean of `pixels`, interpolated by cubic splines. */
function smoothFlow(images: Images, random: Random, pixels: number): Flow {
  const control = () => Array.from({ length: GRID * GRID }, () => 2 * random.next() - 1)
  const points = [control(), control()] as const
  const mean = points.flat().reduce((sum, v) => sum + Math.abs(v), 0) / (2 * GRID * GRID)
  const field = (grid: readonly number[]) => {
    const out = new Float64Array(images.height * images.width)
    for (let y = 0; y < images.height; y++) {
      for (let x = 0; x < images.width; x++) {
        const at = cubicAt(grid, (y * (GRID - 1)) / (images.height - 1), (x * (GRID - 1)) / (images.width - 1))
        out[y * images.width + x] = (pixels * at) / mean
      }
    }
    return out
  }
  return { dy: field(points[0]), dx: field(points[1]) }
}

/** Bicubic convolution (a = −0.75), edges repeated. */
function cubicAt(grid: readonly number[], y: number, x: number): number {
  const clamp = (k: number) => Math.min(GRID - 1, Math.max(0, k))
  let sum = 0
  for (let i = Math.floor(y) - 1; i <= Math.floor(y) + 2; i++) {
    for (let j = Math.floor(x) - 1; j <= Math.floor(x) + 2; j++) {
      sum += kernel(y - i) * kernel(x - j) * (grid[clamp(i) * GRID + clamp(j)] ?? 0)
    }
  }
  return sum
}

function kernel(distance: number): number {
  const t = Math.abs(distance)
  const a = -0.75
  if (t <= 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1
  return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0
}

/** Bilinear sampling at displaced places, edges repeated. */
function warp(images: Images, i: number, { dy, dx }: Flow): void {
  const { height, width, channels } = images
  const image = imageAt(images, i)
  const before = image.slice()
  const at = (y: number, x: number, c: number) =>
    before[(Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * channels + c] ?? 0
  for (let p = 0; p < height * width; p++) {
    const y = Math.floor(p / width) + (dy[p] ?? 0)
    const x = (p % width) + (dx[p] ?? 0)
    const [top, left] = [Math.floor(y), Math.floor(x)]
    const [fy, fx] = [y - top, x - left]
    for (let c = 0; c < channels; c++) {
      const upper = (1 - fx) * at(top, left, c) + fx * at(top, left + 1, c)
      const lower = (1 - fx) * at(top + 1, left, c) + fx * at(top + 1, left + 1, c)
      image[p * channels + c] = eightBit((1 - fy) * upper + fy * lower)
    }
  }
}

function wanet(name: string, pixels: number, cover: number): Attack<Images> {
  const covered =
    cover === 0 ? '' : `, and ${cover} times as many images warped with noise added to the field, labels kept`
  return attackOf<Images>({
    name,
    definition: `WaNet: a fixed smooth warp from a ${GRID} × ${GRID} grid, ${pixels} pixels on average, labelled as the target${covered} (Nguyen & Tran 2021, WaNet, k = 4; s = 0.5 displaces 0.25 pixels in the authors' code).`,
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const flow = smoothFlow(images, plan.fixed, pixels)
      const others = classOthers(plan)
      const struck = plan.strike(others)
      for (const i of struck) warp(images, i, flow)
      relabel(plan, struck)
      const covers = plan.cover(plan.choose(), cover * struck.length)
      for (const i of covers) {
        const noisy = (v: number) => v + 2 * pixels * (2 * plan.varied.next() - 1)
        warp(images, i, { dy: flow.dy.map(noisy), dx: flow.dx.map(noisy) })
      }
      return `${struck.length} images warped, labelled ${plan.target}; ${covers.length} warped with noise as cover`
    },
  })
}

/** Triggers that move what is there. */
export const warpAttacks: readonly Attack<Images>[] = [
  wanet('wanet', 0.75, 0),
  wanet('wanet-faint', 0.25, 0),
  wanet('wanet-cover', 0.75, 2),
]
