import type { Effort } from '#core/score.ts'
import type { Channel } from './calibrate/channel.ts'
import type { Detector } from './detector.ts'
import { absoluteOdds } from './verdict/fuse.ts'
import { createView } from './view/create-view.ts'
import type { Grouping, ScanInput } from './view/samples.ts'
import type { WindowView } from './view/window-view.ts'

/** Rows far out whose labels are forgotten: those with such log-odds, and this share of the window at least. */
const FAR_OUT = -3
const LEAST_GARBAGE = 0.01

/**
 * Tokens of a table tested anew without the labels of rows that are far out and hold none that was found (ADR 227).
 * Garbage has each value with any label, so that natural values seem to tell their labels less than they do, and the
 * commonest of them, of which garbage is the least part, stands out. The channels as they are where there is little garbage
 * or nothing was found.
 */
export async function liftedAnew(
  channels: readonly Channel[],
  detectors: readonly Detector[],
  input: ScanInput,
  view: WindowView,
  effort: Effort,
): Promise<readonly Channel[]> {
  const labels = input.samples.kind === 'table' ? input.labels : null
  const found = channels.filter(
    ({ info, detection }) =>
      detection.scale === 'absolute' && detection.groups.length > 0 && testsTokens(info.name, detectors),
  )
  if (labels === null || found.length === 0) return channels
  const explained = new Set(found.flatMap(({ detection }) => detection.groups.flatMap(({ members }) => [...members])))
  const outliers = channels.filter(({ info }) => info.family === 'outlier')
  const isGarbage = (i: number) => !explained.has(i) && outliers.some(({ logOdds }) => logOdds[i]! >= FAR_OUT)
  const known = without(labels, isGarbage)
  if (sum(labels.counts) - sum(known.counts) < LEAST_GARBAGE * view.n) return channels
  const cleared = createView({ ...input, labels: known }, view.engine, effort)
  return Promise.all(
    channels.map(async (channel) => {
      if (!found.includes(channel)) return channel
      const detection = await detectors.find(({ info }) => info.name === channel.info.name)!.score(cleared)
      return { ...channel, detection, logOdds: absoluteOdds(detection, channel.info.family) }
    }),
  )
}

function testsTokens(name: string, detectors: readonly Detector[]): boolean {
  return detectors.some(({ info, needs }) => info.name === name && needs.includes('tokens'))
}

/** The labels without those of some records, and how many are left of each. */
function without({ of, names, counts }: Grouping, isLeftOut: (i: number) => boolean): Grouping {
  const left = counts.slice()
  const known = of.map((label, i) => {
    if (label < 0 || !isLeftOut(i)) return label
    left[label]!--
    return -1
  })
  return { of: known, names, counts: left }
}

const sum = (counts: Int32Array) => counts.reduce((all, count) => all + count, 0)
