import { parseArgs } from 'node:util'
import { seededRandom } from '#core/random.ts'
import { reachOf, SIDE } from '#services/federate/secure/ring.ts'

/**
 * What colluding clients can do to the ring of a masked round, and drop-outs: shares of rings that are drawn at random, as the ring's order is.
 * `node bench/federate-ring.ts [--rings 10000] [--seed 1] [--reach 16]`: `--reach` lets masks reach as far.
 */

const { values } = parseArgs({
  options: {
    rings: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    reach: { type: 'string' },
  },
})
const RINGS = Number(values.rings)
const COMMITTEE = 2 * SIDE + 1
const THRESHOLD = Math.floor((2 * COMMITTEE) / 3) + 1
/** So many of a committee may be gone, whoever says so: one more is a third. */
const SPARE = COMMITTEE - THRESHOLD
/** So many of one committee have to collude to be given both secrets of a client. */
const BOTH = 2 * THRESHOLD - COMMITTEE

/** How many of those that stand from each place on, `width` of them, are marked. */
function counts(ring: Uint8Array, width: number): Int32Array {
  const sums = new Int32Array(ring.length)
  for (let i = 0; i < width; i++) sums[0]! += ring[i % ring.length]!
  for (let at = 1; at < ring.length; at++) {
    sums[at] = sums[at - 1]! - ring[at - 1]! + ring[(at + width - 1) % ring.length]!
  }
  return sums
}

/** Whether the masks of who is honest can be cut at two places, with as many as may be gone at each. */
function cut(ring: Uint8Array, reach: number): boolean {
  const places = [...counts(ring, reach).entries()].filter(([, marked]) => marked >= reach - SPARE).map(([at]) => at)
  const apart = (a: number, b: number) =>
    Math.min((a - b + ring.length) % ring.length, (b - a + ring.length) % ring.length)
  return places.some((at) => apart(at, places[0]!) >= COMMITTEE)
}

/** 1 where one of those that are marked stands. */
function draw(clients: number, marked: number, label: string): Uint8Array {
  const order = seededRandom(Number(values.seed), label).permutation(clients)
  return Uint8Array.from(order, (i) => Number(i < marked))
}

const percent = (count: number) => (count === 0 ? `< ${(300 / RINGS).toFixed(2)}` : ((100 * count) / RINGS).toFixed(2))
console.log('| clients | share | a third of a committee | both secrets of somebody | the ring is cut |')
console.log('| --: | --: | --: | --: | --: |')
for (const clients of [50, 100, 300, 1000]) {
  for (const share of [0.05, 0.1, 0.2]) {
    const seen = { third: 0, both: 0, cut: 0 }
    for (let k = 0; k < RINGS; k++) {
      const ring = draw(clients, Math.round(share * clients), `${clients} ${share} ${k}`)
      const most = counts(ring, Math.min(COMMITTEE, clients)).reduce((most, marked) => Math.max(most, marked), 0)
      if (most > SPARE) seen.third++
      if (most >= BOTH) seen.both++
      if (cut(ring, Number(values.reach ?? reachOf(clients)))) seen.cut++
    }
    const cells = [seen.third, seen.both, seen.cut].map(percent)
    console.log(`| ${[clients, `${100 * share} %`, ...cells].join(' | ')} |`)
  }
}
