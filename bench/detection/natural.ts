import { parseArgs } from 'node:util'
import { policySchema } from '#core/decision.ts'
import { seededRandom, type Random } from '#core/random.ts'
import type { Column, LabelledWindow } from '#attacks/types.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { scanInputOf, windowOf } from './cases.ts'

const USAGE = `bench/detection/natural.ts: what the scan holds of kinds of records that are rare, and nobody's doing
  --datasets mnist,fashion,spam,birdstrikes
  --shares   of the window (default .01,.03)
  --seeds    default 0,1
  --n        records a window (default 3000)`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'mnist,fashion,spam,birdstrikes' },
    shares: { type: 'string', default: '.01,.03' },
    seeds: { type: 'string', default: '0,1' },
    n: { type: 'string', default: '3000' },
    help: { type: 'boolean', default: false },
  },
})

/** A rare kind: what the records struck look like, in the samples alone; every label stays right. */
interface Kind {
  readonly name: string
  /** Whether only records of one class are of the kind. */
  readonly ofOneClass: boolean
  readonly paint: (window: LabelledWindow, struck: ReadonlySet<number>, random: Random) => LabelledWindow
}

if (values.help) console.log(USAGE)
else await run()

async function run(): Promise<void> {
  const engine = await createEngine()
  for (const dataset of values.datasets.split(',')) {
    for (const { name, ofOneClass, paint } of kindsOf(windowOf(dataset, 4, 0).samples.kind)) {
      for (const share of values.shares.split(',').map(Number)) {
        for (const seed of values.seeds.split(',').map(Number)) {
          const window = windowOf(dataset, Number(values.n), seed)
          const random = seededRandom(seed, `natural/${name}`)
          const struck = struckOf(window, share, ofOneClass, random)
          const painted = paint(window, struck, random)
          const { risk, campaigns } = await scanWindow(scanInputOf(painted, seed), { engine })
          const held = [...decide(risk, policySchema.parse({})).entries()].filter(([, made]) => made !== 'admit')
          const ofKind = held.filter(([i]) => struck.has(i)).length
          const families = campaigns.map(({ family, members }) => `${family} of ${members.length}`).join(', ')
          console.log(
            `${dataset}, ${name}, ${100 * share} %, seed ${seed}: ${ofKind} of ${struck.size} held, of the others ${held.length - ofKind} of ${risk.length - struck.size}; ${families}`,
          )
        }
      }
    }
  }
}

function struckOf({ labels }: LabelledWindow, share: number, ofOneClass: boolean, random: Random): Set<number> {
  const one = random.below(labels.names.length)
  const open = random.permutation(labels.of.length).filter((i) => !ofOneClass || labels.of[i] === one)
  return new Set(open.subarray(0, Math.round(share * labels.of.length)))
}

function kindsOf(kind: LabelledWindow['samples']['kind']): Kind[] {
  if (kind === 'image')
    return [
      { name: 'watermark', ofOneClass: false, paint: (window, struck) => eachImage(window, struck, watermark) },
      { name: 'turned', ofOneClass: true, paint: (window, struck) => eachImage(window, struck, turned) },
      { name: 'bright', ofOneClass: false, paint: (window, struck) => eachImage(window, struck, bright) },
    ]
  if (kind === 'text') return [{ name: 'form letter', ofOneClass: false, paint: formLetter }]
  return [{ name: 'new level', ofOneClass: false, paint: newLevel }]
}

function eachImage(
  window: LabelledWindow,
  struck: ReadonlySet<number>,
  paint: (image: Float32Array, width: number) => void,
): LabelledWindow {
  const { samples } = window
  if (samples.kind !== 'image') return window
  const { cols } = samples.pixels
  const data = samples.pixels.data.slice()
  for (const i of struck) paint(data.subarray(i * cols, (i + 1) * cols), samples.width)
  return { ...window, samples: { ...samples, pixels: { ...samples.pixels, data } } }
}

function watermark(image: Float32Array, width: number): void {
  for (const y of [1, 2, 3]) for (const x of [1, 2, 3]) image[y * width + x] = 1
}

/** A quarter turn, of square images of one channel. */
function turned(image: Float32Array, width: number): void {
  const before = image.slice()
  before.forEach((value, at) => (image[(at % width) * width + (width - 1 - Math.floor(at / width))] = value))
}

/** On a lit ground. */
function bright(image: Float32Array): void {
  image.forEach((value, at) => (image[at] = 0.2 + 0.8 * value))
}

function formLetter(window: LabelledWindow, struck: ReadonlySet<number>): LabelledWindow {
  const { samples } = window
  if (samples.kind !== 'text') return window
  const opening =
    'Thank you for writing to us. This is an automatic answer: your message has reached the right desk and will be read within two working days.'
  return {
    ...window,
    samples: { ...samples, texts: samples.texts.map((text, i) => (struck.has(i) ? `${opening}\n${text}` : text)) },
  }
}

function newLevel(window: LabelledWindow, struck: ReadonlySet<number>): LabelledWindow {
  const { samples } = window
  if (samples.kind !== 'table') return window
  const at = samples.columns.findIndex(({ type }) => type === 'category')
  const columns = samples.columns.map((column, k): Column => {
    if (k !== at || column.type !== 'category') return column
    const levels = [...column.levels, 'opened this year']
    return { ...column, levels, codes: column.codes.map((code, i) => (struck.has(i) ? levels.length - 1 : code)) }
  })
  return { ...window, samples: { ...samples, columns } }
}
