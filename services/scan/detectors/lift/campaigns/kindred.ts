import type { Trigger } from '#core/score.ts'
import { arePhotographs } from '../../../features/photographs.ts'
import { type Matrix, matrix } from '../../../numeric/matrix.ts'
import { nearestNeighbours } from '../../../numeric/neighbours.ts'
import type { Grouping, ImageSamples } from '../../../view/samples.ts'
import type { LiftCampaign } from './campaigns.ts'
import { partOf, spread } from './part-of.ts'

/** How many records' neighbours are looked at, evenly drawn, and how many neighbours each has. */
const LOOKED_AT = 48
const OTHERS = 10
/** How many records the neighbours are sought among, evenly drawn from members and others alike. */
const MOST_AMONG = 3000
/**
 * The members' spread is enlarged at most by this factor: a blended pattern leaves its images at least half of their
 * spread, and images with less are alike by themselves.
 */
const MOST_BLENDED = 2

/**
 * Whether a campaign's images are kin: outside the patch they resemble one another more than their nearest other images
 * resemble them. Drawings have such families (flags of one outline, icons with one badge), and each family bears its
 * label by nature. A planted patch is put on images that have nothing else in common: each lies among images without
 * it, and those lie among members as often as members do, however few classes were attacked. Members must still stand
 * apart after they are given the mean and spread of the others, since a pattern over the whole image changes both.
 * Photographs have no families that share a patch to the bit (`isExact`): where half of a label has one, it was pasted.
 */
export function areKin(
  samples: ImageSamples,
  { of }: Grouping,
  { members }: LiftCampaign,
  trigger: Trigger,
  isExact = false,
): boolean {
  if (trigger.kind !== 'patch' || (isExact && arePhotographs(samples))) return false
  const { pixels, width, channels } = samples
  const covered = new Set(
    trigger.pixels.flatMap(({ y, x }) => {
      const columns = AROUND.map((dx) => x + dx).filter((column) => column >= 0 && column < width)
      return AROUND.flatMap((dy) => columns.map((column) => (y + dy) * width + column))
    }),
  )
  const beside = Int32Array.from(Array(pixels.cols).keys()).filter((at) => !covered.has(Math.floor(at / channels)))
  const held = new Set(members)
  const others = Int32Array.from(of.keys()).filter((i) => of[i]! >= 0 && !held.has(i))
  if (others.length <= OTHERS || beside.length === 0) return false
  const step = Math.max(1, (others.length + members.length) / MOST_AMONG)
  const own = spread(members, Math.max(LOOKED_AT, Math.round(members.length / step)))
  const images = partOf(pixels, Int32Array.from([...own, ...spread(others, Math.round(others.length / step))]), beside)
  if (!standApart(images, own.length)) return false
  likeThoseBeside(images, own.length)
  return standApart(images, own.length)
}

/**
 * Whether the first `members` rows have more members among their neighbours than their nearest other rows have. Those
 * others are chosen for lying near a member, so that they meet members more often: where a patch is all that members
 * share, some of them meet twice as many as members do.
 */
function standApart(x: Matrix, members: number): boolean {
  const among = amongMembers(x, spread(Int32Array.from(Array(members).keys()), LOOKED_AT), members)
  const beside = amongMembers(x, among.nearestOthers, members)
  return among.share > beside.share
}

const AROUND = [-1, 0, 1]

/** Gives the first `members` rows the mean and the spread of their nearest others. */
function likeThoseBeside(x: Matrix, members: number): void {
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i)
  const asked = spread(rows(0, members), LOOKED_AT)
  const { index } = nearestNeighbours(rowsOf(x, asked), OTHERS, rowsOf(x, rows(members, x.rows)))
  const [own, beside] = [
    momentsOf(x, rows(0, members)),
    momentsOf(
      x,
      index.map((at) => members + at),
    ),
  ]
  const factor = own.spread > 0 ? Math.min(MOST_BLENDED, Math.max(1, beside.spread / own.spread)) : 1
  for (let i = 0; i < members; i++) {
    for (let j = 0; j < x.cols; j++) {
      const at = i * x.cols + j
      x.data[at] = beside.mean[j]! + factor * (x.data[at]! - own.mean[j]!)
    }
  }
}

function momentsOf({ data, cols }: Matrix, rows: Int32Array) {
  const mean = new Float64Array(cols)
  for (const i of rows) for (let j = 0; j < cols; j++) mean[j]! += data[i * cols + j]! / rows.length
  let squares = 0
  for (const i of rows) for (let j = 0; j < cols; j++) squares += (data[i * cols + j]! - mean[j]!) ** 2
  return { mean, spread: Math.sqrt(squares / rows.length) }
}

/**
 * The share of members (the first rows) among the neighbours of some rows, and those rows' nearest neighbours that are
 * no members.
 */
function amongMembers(x: Matrix, asked: Int32Array, members: number) {
  const near = nearestNeighbours(rowsOf(x, asked), OTHERS + 1, x)
  const nearestOthers = new Set<number>()
  let [found, all] = [0, 0]
  asked.forEach((row, at) => {
    const neighbours = near.index.subarray(at * near.k, (at + 1) * near.k).filter((other) => other !== row)
    all += neighbours.length
    found += neighbours.filter((other) => other < members).length
    const nearest = neighbours.find((other) => other >= members)
    if (nearest !== undefined) nearestOthers.add(nearest)
  })
  return { share: found / Math.max(1, all), nearestOthers: Int32Array.from(nearestOthers) }
}

function rowsOf({ cols, data }: Matrix, rows: Int32Array): Matrix {
  const some = matrix(rows.length, cols)
  rows.forEach((of, i) => some.data.set(data.subarray(of * cols, (of + 1) * cols), i * cols))
  return some
}
