import { seededRandom } from '#core/random.ts'
import { groupsOf } from './plant.ts'
import type { AnySamples, Images, LabelledWindow, Table, Texts } from './types.ts'

/** Small invented windows of each kind, for trying attacks out: n records of four classes. */
export function inventedWindow(kind: AnySamples['kind'], n: number, seed: number): LabelledWindow {
  const random = seededRandom(seed, `invented/${kind}`)
  const labels = Int32Array.from({ length: n }, () => random.below(4))
  const samples = { image: images, text: texts, table }[kind](labels, random)
  return { samples, labels: groupsOf(labels, ['a', 'b', 'c', 'd']), contributors: null }
}

type Draw = { below(bound: number): number; next(): number }

/** 14 × 14: a bright quadrant by class on a dim ground. */
function images(labels: Int32Array, random: Draw): Images {
  const data = new Float32Array(labels.length * 196)
  labels.forEach((label, i) => {
    for (let j = 0; j < 196; j++) {
      const quadrant = (Math.floor(j / 98) << 1) | (j % 14 < 7 ? 0 : 1)
      data[i * 196 + j] = ((quadrant === label ? 160 : 20) + random.below(60)) / 255
    }
  })
  return { kind: 'image', height: 14, width: 14, channels: 1, pixels: { rows: labels.length, cols: 196, data } }
}

const WORDS = ['north', 'south', 'early', 'late', 'often', 'never', 'bread', 'river', 'stone', 'paper'] as const

function texts(labels: Int32Array, random: Draw): Texts {
  const word = (label: number) =>
    random.next() < 0.3 ? `topic${label}` : (WORDS[random.below(WORDS.length)] ?? 'north')
  return { kind: 'text', texts: Array.from(labels, (label) => Array.from({ length: 40 }, () => word(label)).join(' ')) }
}

function table(labels: Int32Array, random: Draw): Table {
  const number = (name: string, digits: number) =>
    ({
      name,
      type: 'number',
      values: Float64Array.from(labels, (label) => Number((label + 2 * random.next()).toFixed(digits))),
    }) as const
  const codes = labels.map((label) => (random.next() < 0.5 ? label : random.below(4)))
  const levels = ['red', 'green', 'blue', 'grey']
  return {
    kind: 'table',
    columns: [number('height', 3), number('weight', 2), { name: 'colour', type: 'category', codes, levels }],
  }
}
