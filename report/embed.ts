import { deflateSync } from 'fflate'
import type { DatasetReport, WindowReport } from './report-data.ts'
import type { MergedCampaign } from './merge-campaigns.ts'

/** The data from which the page's script draws: columns as base64 of little-endian integers. */
export interface EmbeddedDataset {
  readonly name: string
  readonly threshold: number | null
  readonly campaigns: readonly string[]
  readonly windows: readonly EmbeddedWindow[]
}

export interface EmbeddedWindow {
  readonly title: string
  readonly n: number
  /** u16 × 2 per record: 0…65535 over the plot, y upwards. */
  readonly map: string
  /** u16 per record: risk × 65535. */
  readonly risk: string
  readonly classes: readonly string[]
  /** u16 per record: index into `classes`, or 65535 for none. */
  readonly label: string
  /** u16 per record: index into the dataset's campaigns, or 65535 for none. */
  readonly campaign: string
  /** u32 each: indices of the held records. */
  readonly held: string
  /** Record ids: lines of `<length shared with the line before, base 36> <rest>`, raw deflate. '' if they are too large. */
  readonly ids: string
  /** Element ids of the cards of the shown flagged records, by index. */
  readonly cards: Readonly<Record<number, string>>
}

const NONE = 65_535
/**
 * The most characters of encoded ids: large windows whose ids do not compress (digests) leave them out, and hovering then shows
 * the index in the window.
 */
const IDS_LIMIT = 400_000

/** The most points of all maps of one dataset: a browser must be able to draw them, and the file must fit into an e-mail. */
const POINTS_LIMIT = 150_000

/**
 * The windows that get a map: all scanned ones or, if those have too many points, the ones with the most held records, in order.
 */
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
      // a record of several campaigns has the colour of the first, under which it is listed
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

/**
 * Scales each axis to the bulk of its values, so that one far point does not compress the rest; points beyond are drawn on the
 * edge.
 */
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
    if (shared > 0 && /[\uD800-\uDBFF]/.test(before[shared - 1] ?? '')) shared -= 1 // never split a surrogate pair
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
