import { AppError } from '#core/errors.ts'
import type { Exchange } from '#core/exchange.ts'
import type { Campaign, DetectorInfo, Effort, Issue, Spared } from '#core/score.ts'
import { joinBulks } from './calibrate/history.ts'
import type { WindowScan } from './window-scan.ts'
import { partOf } from './view/part-of.ts'
import type { Samples, ScanInput, TableColumn } from './view/samples.ts'
import { type Candidate, toCampaigns } from './verdict/campaigns.ts'

/** Mebibytes that the scan of one window may take where nothing else is said. */
export const MEMORY_MIB = 2048
/** Fewer records than this show little: a window is not taken apart further. */
const FEWEST = 200

/** What a scan takes before its records, and for each: beside what they are, copies of what detectors make of them. */
const BASE_MIB = 128
const RECORD = 6 * 1024
const COPIES = 12
/** Hashed columns of a text, and the columns that a category is spread over at most. */
const TEXT_COLUMNS = 600
const LEVELS = 64
/** Two for a number: itself and whether it is missing; and its place in conjunctions with others. */
const CELL = 24
/** A table of more columns is never scanned, however few its records are. */
export const MOST_COLUMNS = Math.floor((((MEMORY_MIB - BASE_MIB) * 2 ** 20) / FEWEST - RECORD) / (4 * COPIES * CELL))

/**
 * Into how many parts a window is taken so that the scan of each fits into so many mebibytes: 1 for most. It follows from the
 * window alone, whatever the machine. Throws `invalid` where its records are too large for any part that would show something.
 */
export function partsFor({ n, samples }: Pick<ScanInput, 'n' | 'samples'>, memoryMiB = MEMORY_MIB): number {
  const record = bytesOfRecord(samples)
  const fitting = Math.floor(((memoryMiB - BASE_MIB) * 2 ** 20) / record)
  if (fitting >= n) return 1
  if (fitting < FEWEST) throw tooLarge(Math.min(n, FEWEST), record, memoryMiB)
  return Math.ceil(n / fitting)
}

function tooLarge(records: number, record: number, memoryMiB: number): AppError {
  const needed = BASE_MIB + Math.ceil((records * record) / 2 ** 20)
  return new AppError(
    'invalid',
    `a scan of ${records} such records would take ${needed} MiB, and may take ${memoryMiB}: bring smaller ones, such as images scaled down, vectors of fewer dimensions, tables of fewer columns or texts cut into several`,
  )
}

/** About what a scan holds for one record: estimated above what windows of each kind were measured to take. */
function bytesOfRecord(samples: Samples): number {
  return RECORD + 4 * COPIES * columnsOf(samples)
}

function columnsOf(samples: Samples): number {
  if (samples.kind === 'image') return samples.pixels.cols
  if (samples.kind === 'vector') return samples.vectors.cols
  if (samples.kind === 'table') return samples.columns.reduce((sum, column) => sum + widthOf(column), 0)
  const lengths = samples.kind === 'text' ? samples.texts.map((text) => text.length) : samples.exchanges.map(lengthOf)
  const characters = lengths.reduce((sum, length) => sum + length, 0)
  return TEXT_COLUMNS + Math.ceil(characters / (4 * Math.max(1, lengths.length)))
}

function lengthOf({ context, prompt, response, rejected = '' }: Exchange): number {
  return context.length + prompt.length + response.length + rejected.length
}

function widthOf(column: TableColumn): number {
  return column.type === 'number' ? CELL : CELL + Math.min(LEVELS, column.levels.length)
}

/** Scans a window part by part, every `parts`-th record in one, so that each part is like the whole, and puts the results together. */
export async function scanInParts(
  input: ScanInput,
  parts: number,
  effort: Effort,
  scan: (part: ScanInput, effort: Effort) => Promise<WindowScan>,
): Promise<WindowScan> {
  const records = Array.from({ length: parts }, (_, part) =>
    Int32Array.from({ length: Math.ceil((input.n - part) / parts) }, (_, at) => part + at * parts),
  )
  const scans: WindowScan[] = []
  for (const of of records) scans.push(await scan(partOf(input, of), effort))
  // What a quick scan suspects in one part, the full scan of the others is to see too.
  if (scans.some((part) => part.effort === undefined)) {
    for (const [at, of] of records.entries())
      if (scans[at]!.effort === 'quick') scans[at] = await scan(partOf(input, of), 'full')
  }
  return joined(input, records, scans)
}

function joined(input: ScanInput, records: readonly Int32Array[], scans: readonly WindowScan[]): WindowScan {
  const { n } = input
  const risk = new Float64Array(n)
  const map = new Float32Array(2 * n)
  const issues: (readonly Issue[])[] = Array.from({ length: n }, () => [])
  const detectors = new Map<string, DetectorInfo>()
  for (const [part, scan] of scans.entries()) {
    records[part]!.forEach((i, at) => {
      risk[i] = scan.risk[at]!
      map.set(scan.map.subarray(2 * at, 2 * at + 2), 2 * i)
      issues[i] = scan.issues[at]!
    })
    for (const info of scan.detectors) detectors.set(`${info.name}/${info.family}/${info.version}`, info)
  }
  const quick = scans.every(({ effort }) => effort === 'quick')
  const spared = joinedSpared(records, scans)
  return {
    risk,
    issues,
    campaigns: joinedCampaigns(input, records, scans),
    map,
    detectors: [...detectors.values()],
    certified: scans.every(({ certified }) => certified),
    ...(quick && { effort: 'quick' as const }),
    ...(spared.length > 0 && { spared }),
    notes: [
      `The window was scanned in ${scans.length} parts, for it would not fit into memory whole; each is drawn in axes of its own.`,
      ...new Set(scans.flatMap(({ notes }) => notes)),
    ],
    bulk: scans.map(({ bulk }) => bulk).reduce(joinBulks),
    order: joinedOrders(records, scans),
  }
}

/** The first of each part, then the second of each. */
function joinedOrders(records: readonly Int32Array[], scans: readonly WindowScan[]): Int32Array {
  const longest = Math.max(...scans.map(({ order }) => order.length))
  const turns = Array.from({ length: longest }, (_, turn) =>
    scans.flatMap(({ order }, part) => (turn < order.length ? [records[part]![order[turn]!]!] : [])),
  )
  return Int32Array.from(turns.flat())
}

/** Who is spared for a cause, in whatever part. */
function joinedSpared(records: readonly Int32Array[], scans: readonly WindowScan[]): Spared[] {
  const found = new Map<string, number[]>()
  for (const [part, { spared = [] }] of scans.entries())
    for (const { cause, members } of spared)
      found.set(cause, [...(found.get(cause) ?? []), ...members.map((i) => records[part]![i]!)])
  return [...found].map(([cause, members]) => ({ cause, members: members.sort((a, b) => a - b) }))
}

/** Campaigns of one family, label and trigger are one, in whatever parts they show. */
function joinedCampaigns(input: ScanInput, records: readonly Int32Array[], scans: readonly WindowScan[]): Campaign[] {
  const found = new Map<string, { readonly first: Campaign; evidence: number; members: number[]; parts: number }>()
  for (const [part, { campaigns }] of scans.entries()) {
    for (const [at, first] of campaigns.entries()) {
      const key = JSON.stringify([first.family, first.label, first.trigger ?? [part, at]])
      const same = found.get(key) ?? { first, evidence: 0, members: [], parts: 0 }
      same.evidence += first.evidence
      same.members.push(...first.members.map((i) => records[part]![i]!))
      same.parts++
      found.set(key, same)
    }
  }
  const candidates = [...found.values()].map(({ first, evidence, members, parts }): Candidate => {
    const { family, label, trigger, summary } = first
    const group = {
      members: Int32Array.from(members).sort(),
      posterior: new Float64Array(members.length).fill(1),
      evidence,
      label: label === undefined ? -1 : (input.labels?.names.indexOf(label) ?? -1),
      ...(trigger !== undefined && { trigger }),
      summary: parts === 1 ? summary : `${summary}; the same shows in ${parts} parts of the window`,
    }
    return { family, group }
  })
  // what a campaign without a trigger is known by is of the part that it shows in
  const alike = [...found.values()].filter(({ first }) => first.likeness !== undefined)
  return toCampaigns(candidates, () => true, input.labels, input.contributors).map((campaign) => {
    if (campaign.trigger !== undefined) return campaign
    const source = alike.find(
      ({ first, members }) => first.family === campaign.family && members.includes(campaign.members[0]!),
    )
    return source === undefined ? campaign : { ...campaign, likeness: source.first.likeness! }
  })
}
