import { AppError } from '#core/errors.ts'
import type { Exchange } from '#core/exchange.ts'
import type { Campaign, DetectorInfo, Effort, Issue, Spared } from '#core/score.ts'
import { joinBulks } from './calibrate/history.ts'
import type { WindowScan } from './window-scan.ts'
import { partOf } from './view/part-of.ts'
import type { Samples, ScanInput, TableColumn } from './view/samples.ts'
import { type Candidate, toCampaigns } from './verdict/campaigns.ts'

/** The mebibytes that the scan of one window may take by default. */
export const MEMORY_MIB = 2048
/** The fewest records of a part: fewer show little. */
const FEWEST = 200

/**
 * The memory of a scan without records; the bytes of each record; and how many copies of its numbers, of four bytes,
 * the detectors make.
 */
const BASE_MIB = 128
const RECORD = 6 * 1024
const COPIES = 12
/** The hashed columns of a text, and the most columns into which a category is spread. */
const TEXT_COLUMNS = 600
const LEVELS = 64
/** The columns of a cell: the number itself, whether it is missing, and its places in conjunctions with others. */
const CELL = 24
/** The most columns of a table that can be scanned, however few its records are. */
export const MOST_COLUMNS = Math.floor((((MEMORY_MIB - BASE_MIB) * 2 ** 20) / FEWEST - RECORD) / (4 * COPIES * CELL))

/**
 * The number of parts into which a window is divided so that the scan of each fits into `memoryMiB`; mostly 1. It
 * follows from the window alone, whatever the machine. Throws `invalid` where the records are too large for a part of
 * FEWEST records.
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

/**
 * About how many bytes a scan takes for one record, estimated above what windows of each kind were measured to take.
 */
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

/**
 * Scans a window part by part and joins the results. A part has every `parts`-th record, so that it is like the whole.
 */
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
  // Where a quick scan suspects one part, the other parts are scanned in full too.
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

/** Joins orders: the first record of each part, then the second of each. */
function joinedOrders(records: readonly Int32Array[], scans: readonly WindowScan[]): Int32Array {
  const longest = Math.max(...scans.map(({ order }) => order.length))
  const turns = Array.from({ length: longest }, (_, turn) =>
    scans.flatMap(({ order }, part) => (turn < order.length ? [records[part]![order[turn]!]!] : [])),
  )
  return Int32Array.from(turns.flat())
}

/** The records that are spared for each cause, over all parts. */
function joinedSpared(records: readonly Int32Array[], scans: readonly WindowScan[]): Spared[] {
  const found = new Map<string, number[]>()
  for (const [part, { spared = [] }] of scans.entries())
    for (const { cause, members } of spared)
      found.set(cause, [...(found.get(cause) ?? []), ...members.map((i) => records[part]![i]!)])
  return [...found].map(([cause, members]) => ({ cause, members: members.sort((a, b) => a - b) }))
}

/** Joins campaigns: those of one family, label and trigger are one, whatever parts they are in. */
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
  // the likeness of a campaign without a trigger is that of the part that it was found in
  const alike = [...found.values()].filter(({ first }) => first.likeness !== undefined)
  return toCampaigns(candidates, () => true, input.labels, input.contributors).map((campaign) => {
    if (campaign.trigger !== undefined) return campaign
    const source = alike.find(
      ({ first, members }) => first.family === campaign.family && members.includes(campaign.members[0]!),
    )
    return source === undefined ? campaign : { ...campaign, likeness: source.first.likeness! }
  })
}
