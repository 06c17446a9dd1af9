import { shiftsOn } from '#attacks/benign.ts'
import type { LabelledWindow } from '#attacks/types.ts'
import { drawWindow, type Pool } from '#cli/demo/pool.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { windowOf } from '../cases.ts'
import { joined } from './pooled.ts'
import { textsIn } from './texts.ts'

/** How a row of windows changes from one of them on, harmlessly. */
export const DRIFTS = ['shares', 'brightness', 'topic'] as const
export type Drift = (typeof DRIFTS)[number]

export interface Row {
  /** A dataset's name, or files of JSON lines with texts. */
  readonly dataset: string
  readonly n: number
  readonly seed: number
  /** From the window `from` on, counted from 0, it is another dataset by this; as it is where absent. */
  readonly drift?: { readonly kind: Drift; readonly from: number; readonly topic?: RegExp | undefined } | undefined
}

/** A text is about the new topic where it matches: such texts come from the change on alone. */
const TOPIC = /\blinux\b/i

/**
 * Window `w` of a row that goes on for as long as one likes: where the dataset ends, it begins again in another order, so that its records come
 * again, each as often as the others.
 */
export function windowInRow({ dataset, n, seed, drift }: Row, w: number): LabelledWindow {
  const isBehind = drift !== undefined && w >= drift.from
  if (drift?.kind === 'shares' && isBehind) {
    const window = drawn(dataset, 2 * n, seed, w)
    return chosen(window, n, (i) => window.labels.of[i] === 0)
  }
  if (drift?.kind === 'topic') {
    const window = drawn(dataset, 2 * n, seed, w)
    const { samples } = window
    if (samples.kind !== 'text') throw new RangeError('a topic is of texts')
    return chosen(window, n, (i) => isBehind || !(drift.topic ?? TOPIC).test(samples.texts[i]!))
  }
  const window = drawn(dataset, n, seed, w)
  if (drift?.kind !== 'brightness' || !isBehind) return window
  const dimmed = shiftsOn(window.samples.kind).find(({ name }) => name === 'dimmed')
  if (dimmed === undefined) throw new RangeError('brightness is of images')
  return dimmed.apply(window, 1000 * seed + w)
}

function drawn(dataset: string, n: number, seed: number, w: number): LabelledWindow {
  const texts = dataset.includes('.jsonl') ? poolIn(dataset) : undefined
  const inAll = Math.floor((texts ?? loadDataset(dataset)).size / n)
  const [order, at] = [seed + 100_000 * Math.floor(w / inAll), w % inAll]
  return texts === undefined ? windowOf(dataset, n, order, at) : drawWindow(texts, n, order, at)
}

const read = new Map<string, Pool>()

function poolIn(files: string): Pool {
  const pool = read.get(files) ?? textsIn(files)
  read.set(files, pool)
  return pool
}

/** n of the records: those that are wanted, and then the others, in their order. */
function chosen(window: LabelledWindow, n: number, isWanted: (i: number) => boolean): LabelledWindow {
  const all = Array.from(window.labels.of.keys())
  const members = [...all.filter(isWanted), ...all.filter((i) => !isWanted(i))].slice(0, n)
  return joined([{ window, members: members.sort((a, b) => a - b) }])
}
