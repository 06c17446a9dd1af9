import { deflateSync } from 'fflate'
import type { DatasetReport, WindowReport } from './report-data.ts'
import type { MergedCampaign } from './merge-campaigns.ts'

/** What the page's script draws from: columns as base64 of little-endian integers. */
export interface EmbeddedDataset {
  readonly name: string
  readonly threshold: number | null
  readonly campaigns: readonly string[]
  readonly windows: readonly EmbeddedWindow[]
}

export interface EmbeddedWindow {
  readonly title: string
  readonly n: number
  /** u16 × 2 a record: 0…65535 over the plot, y upwards. */
  readonly map: string
  /** u16 a record: risk × 65535. */
  readonly risk: string
  readonly classes: readonly string[]
  /** u16 a record: index into `classes`, 65535 is none. */
  readonly label: string
  /** u16 a record: index into the dataset's campaigns, 65535 is none. */
  readonly campaign: string
  /** u32 each: indices of the records held. */
  readonly held: string
  /** Record ids: lines of `<length shared with the line before, base 36> <rest>`, raw deflate. '' where too large to carry. */
  readonly ids: string
  /** Element ids of the cards of the flagged records shown, by index. */
  readonly cards: Readonly<Record<number, string>>
}

const NONE = 65_535
/** Ids that do not compress (digests) are left out of large windows: hovering then names the place in the window. */
const IDS_LIMIT = 400_000

/** Points that the maps of one dataset may hold together: a browser draws them, and a mail system still carries the file. */
const POINTS_LIMIT = 150_000

/** The windows that get a map: all that were scanned, or where that is too much those with the most held, in order. */
export function mappedWindows(windows: readonly WindowReport[], limit = POINTS_LIMIT): readonly WindowReport[] {
  let left = limit
  const kept = new Set<WindowReport>()
  const scanned = windows.filter(({ unscanned }) => unscanned === undefined)
  for (const window of scanned.toSorted((a, b) => b.held.length - a.held.length || b.ordinal - a.ordinal)) {
    if (window.ids.length > left && kept.size > 0) continue
    kept.add(window)
    left -= window.ids.length
  }
  return windows.filter((window) => kept.has(window))
}

export function embedDataset(
  dataset: DatasetReport,
  campaigns: readonly MergedCampaign[],
  cardOf: (window: string, index: number) => string | undefined,
): EmbeddedDataset {
  const numberOf = new Map(campaigns.map(({ campaign }, at) => [campaign.id, at]))
  return {
    name: dataset.name,
    threshold: dataset.threshold,
    campaigns: campaigns.map(({ campaign }) => campaign.id),
    windows: mappedWindows(dataset.windows).map((window) => {
      const campaign = new Uint16Array(window.ids.length).fill(NONE)
      // a record of several has the colour of the first, under which it is listed
      for (const part of dataset.campaigns.toReversed()) {
        if (part.window !== window.id) continue
        for (const at of part.campaign.members) campaign[at] = numberOf.get(part.campaign.id) ?? NONE
      }
      return embedWindow(window, campaign, cardOf)
    }),
  }
}

function embedWindow(
  window: WindowReport,
  campaign: Uint16Array,
  cardOf: (window: string, index: number) => string | undefined,
): EmbeddedWindow {
  const n = window.ids.length
  const label = Uint16Array.from({ length: n }, (_, i) => {
    const of = window.labels?.of[i] ?? -1
    return of < 0 || of >= NONE ? NONE : of
  })
  const held = Uint32Array.from(window.held)
  const cards: Record<number, string> = {}
  for (const index of held) {
    const card = cardOf(window.id, index)
    if (card !== undefined) cards[index] = card
  }
  const ids = Buffer.from(deflateSync(Buffer.from(frontCode(window.ids)), { level: 9 })).toString('base64')
  return {
    title: `Window ${window.ordinal}`,
    n,
    map: base64(quantiseMap(window.map, n)),
    risk: base64(Uint16Array.from({ length: n }, (_, i) => Math.round(clamp(window.risk[i] ?? 0) * 65_535))),
    classes: window.labels?.names ?? [],
    label: base64(label),
    campaign: base64(campaign),
    held: base64(held),
    ids: ids.length > IDS_LIMIT ? '' : ids,
    cards,
  }
}

/** Each axis over the bulk of its values, so that one far point does not squash the rest; what lies beyond sits on the edge. */
export function quantiseMap(map: ArrayLike<number>, n: number): Uint16Array {
  const quantised = new Uint16Array(2 * n)
  for (const axis of [0, 1]) {
    const values = Float64Array.from({ length: n }, (_, i) => map[2 * i + axis] ?? 0)
    const sorted = values.toSorted()
    const low = sorted[Math.floor(n * 0.001)] ?? 0
    const high = sorted[Math.min(n - 1, Math.ceil(n * 0.999))] ?? 0
    const span = (high - low) * 1.08 || 1
    const start = low - (span - (high - low)) / 2
    for (let i = 0; i < n; i++) quantised[2 * i + axis] = Math.round(clamp(((values[i] ?? 0) - start) / span) * 65_535)
  }
  return quantised
}

function frontCode(ids: readonly string[]): string {
  let before = ''
  const lines = ids.map((id) => {
    const line = id.replace(/[\r\n]+/g, ' ')
    let shared = 0
    while (shared < before.length && before[shared] === line[shared]) shared += 1
    if (shared > 0 && /[\uD800-\uDBFF]/.test(before[shared - 1] ?? '')) shared -= 1 // never through the middle of a character
    before = line
    return `${shared.toString(36)} ${line.slice(shared)}`
  })
  return lines.join('\n')
}

function base64(values: Uint16Array | Uint32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, Number.isFinite(value) ? value : 0))
}
