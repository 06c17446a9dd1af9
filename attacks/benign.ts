import { seededRandom, type Random } from '#core/random.ts'
import { eightBit, groupsOf, imageAt } from './plant.ts'
import type { AnySamples, Images, LabelledWindow, Table, Texts } from './types.ts'

/** A change of the world, not an attack: nobody may be held for it. */
export interface Shift<S extends AnySamples = AnySamples> {
  readonly name: string
  readonly definition: string
  apply(window: LabelledWindow<S>, seed: number): LabelledWindow<S>
}

type Change<S extends AnySamples> = (window: LabelledWindow<S>, random: Random) => LabelledWindow<S>

function shiftOf<S extends AnySamples>(name: string, definition: string, change: Change<S>): Shift<S> {
  return { name, definition, apply: (window, seed) => change(window, seededRandom(seed, `benign/${name}`)) }
}

/** Copies the pixels and lets `paint` change those of the records that `strikes` says. */
function repaint(
  window: LabelledWindow<Images>,
  strikes: (i: number) => boolean,
  paint: (image: Float32Array, images: Images) => void,
) {
  const { samples } = window
  const copy: Images = { ...samples, pixels: { ...samples.pixels, data: samples.pixels.data.slice() } }
  for (let i = 0; i < samples.pixels.rows; i++) if (strikes(i)) paint(imageAt(copy, i), copy)
  return { ...window, samples: copy }
}

/** Rotation about the centre by bilinear sampling, black outside. */
function rotate(image: Float32Array, { height, width, channels }: Images, degrees: number): void {
  const before = image.slice()
  const angle = (degrees * Math.PI) / 180
  const [cy, cx] = [(height - 1) / 2, (width - 1) / 2]
  const at = (y: number, x: number, c: number) =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : (before[(y * width + x) * channels + c] ?? 0)
  for (let p = 0; p < height * width; p++) {
    const [dy, dx] = [Math.floor(p / width) - cy, (p % width) - cx]
    const y = cy + dy * Math.cos(angle) - dx * Math.sin(angle)
    const x = cx + dy * Math.sin(angle) + dx * Math.cos(angle)
    const [top, left] = [Math.floor(y), Math.floor(x)]
    const [fy, fx] = [y - top, x - left]
    for (let c = 0; c < channels; c++) {
      const upper = (1 - fx) * at(top, left, c) + fx * at(top, left + 1, c)
      const lower = (1 - fx) * at(top + 1, left, c) + fx * at(top + 1, left + 1, c)
      image[p * channels + c] = eightBit((1 - fy) * upper + fy * lower)
    }
  }
}

/** Classes 2k and 2k+1 become one, as when annotators name less finely. */
function coarse<S extends AnySamples>(): Shift<S> {
  return shiftOf<S>(
    'coarse-labels',
    'Neighbouring classes merged two by two: labels that natural sub-clusters hide under.',
    (window) => {
      const { names, of } = window.labels
      if (names.length < 3) return window // one class would be left
      const merged = names
        .filter((_, k) => k % 2 === 0)
        .map((name, k) => [name, names[2 * k + 1]].filter((n) => n !== undefined).join('+'))
      return {
        ...window,
        labels: groupsOf(
          of.map((label) => (label < 0 ? label : label >> 1)),
          merged,
        ),
      }
    },
  )
}

const imageShifts: readonly Shift<Images>[] = [
  shiftOf<Images>('dimmed', 'A fifth of the images at 60 % brightness.', (window, random) =>
    repaint(
      window,
      () => random.next() < 0.2,
      (image) => image.forEach((v, j) => (image[j] = eightBit(0.6 * v))),
    ),
  ),
  shiftOf<Images>('rotated-class', 'Half of the images of one class rotated by 15 degrees.', (window, random) => {
    const one = random.below(window.labels.names.length)
    const strikes = (i: number) => window.labels.of[i] === one && random.next() < 0.5
    return repaint(window, strikes, (image, images) => rotate(image, images, 15))
  }),
  shiftOf<Images>('noisy', 'Gaussian noise of deviation .1 on a tenth of the images.', (window, random) =>
    repaint(
      window,
      () => random.next() < 0.1,
      (image) => image.forEach((v, j) => (image[j] = eightBit(v + 0.1 * random.normal()))),
    ),
  ),
  shiftOf<Images>(
    'watermark',
    'One mark, 3 × 3 at the top left, on a tenth of the images of every class alike.',
    (window, random) =>
      repaint(
        window,
        () => random.next() < 0.1,
        (image, { width, channels }) => {
          for (const y of [1, 2, 3])
            for (const x of [1, 2, 3]) for (let c = 0; c < channels; c++) image[(y * width + x) * channels + c] = 1
        },
      ),
  ),
  coarse<Images>(),
]

const textShifts: readonly Shift<Texts>[] = [
  shiftOf<Texts>('footer', 'One footer on a tenth of the texts of every class alike.', (window, random) => ({
    ...window,
    samples: {
      ...window.samples,
      texts: window.samples.texts.map((text) =>
        random.next() < 0.1 ? `${text} sent from my new handheld organiser` : text,
      ),
    },
  })),
  shiftOf<Texts>('shouting', 'A tenth of the texts in capitals.', (window, random) => ({
    ...window,
    samples: {
      ...window.samples,
      texts: window.samples.texts.map((text) => (random.next() < 0.1 ? text.toUpperCase() : text)),
    },
  })),
]

const tableShifts: readonly Shift<Table>[] = [
  shiftOf<Table>('missing', 'A tenth of the values of every column missing.', (window, random) => {
    const lost = () => random.next() < 0.1
    const columns = window.samples.columns.map((column) =>
      column.type === 'number'
        ? { ...column, values: column.values.map((v) => (lost() ? Number.NaN : v)) }
        : { ...column, codes: column.codes.map((code) => (lost() ? -1 : code)) },
    )
    return { ...window, samples: { ...window.samples, columns } }
  }),
  shiftOf<Table>('recalibrated', 'One number column read 5 % higher on a fifth of the rows.', (window, random) => {
    const numbers = window.samples.columns.filter((column) => column.type === 'number').length
    let which = random.below(Math.max(1, numbers))
    const columns = window.samples.columns.map((column) => {
      if (column.type !== 'number' || which-- !== 0) return column
      return { ...column, values: column.values.map((v) => (random.next() < 0.2 ? Number((1.05 * v).toFixed(3)) : v)) }
    })
    return { ...window, samples: { ...window.samples, columns } }
  }),
  coarse<Table>(),
]

/** The benign shifts that suit a kind of samples. */
export function shiftsOn(kind: AnySamples['kind']): readonly Shift[] {
  const shifts: Readonly<Record<AnySamples['kind'], readonly Shift[]>> = {
    image: imageShifts,
    text: textShifts,
    table: tableShifts,
  }
  return shifts[kind]
}
