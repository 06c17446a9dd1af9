import { idsListed, mergeParts } from '#core/campaigns.ts'
import type { Contract, RuleName } from '#core/contract.ts'
import type { Policy } from '#core/decision.ts'
import { contributorOf, labelOf, type DataRecord } from '#core/record.ts'
import type { Campaign, DetectorInfo, Issue } from '#core/score.ts'
import type { Sidecar } from '#core/sidecar.ts'
import type { Prepared } from '#services/ingest/record/prepare.ts'
import { scoreRecords } from '#services/scan/score-records.ts'
import type { ScanPool } from '#services/scan/worker/pool.ts'
import type { ScannedRecord, ScanOutput } from '#present/scanned.ts'
import { plural } from '#present/text.ts'
import { REASON_WORDS, RULE_WORDS } from '#present/words.ts'
import { VERSION } from './version.ts'

/** Records per window of a larger file, as in the pipeline. */
const WINDOW = 10_000
/** Up to this many records, a file is one window: it shows more as a whole than in two halves. */
const WHOLE = 15_000

export interface FileScan {
  /** All items of the file, in order, including those that could not be read. */
  readonly items: readonly Prepared[]
  readonly windows: readonly ScannedPart[]
  readonly contract: Contract
}

export interface ScannedPart {
  readonly records: readonly DataRecord[]
  /** The indices of the records among the items. */
  readonly places: readonly number[]
  /** The sidecar of the records, as the pipeline makes for a window. */
  readonly sidecar: Sidecar
}

export interface FileScanOptions {
  readonly contract: Contract
  readonly policy: Policy
  readonly seed: number
  readonly pool: Pick<ScanPool, 'scan'>
  /** How many windows are scanned at a time, and so held as the detectors take them. */
  readonly threads: number
  /** The user's own model, which is used in place of the probe. */
  readonly model?: string | undefined
}

/**
 * Scans items as windows of about ten thousand records, of equal size, in worker threads. What cannot be scanned is held, as in
 * the pipeline. Throws as `scoreRecords` does.
 */
export async function scanInWindows(items: readonly Prepared[], options: FileScanOptions): Promise<FileScan> {
  const { contract, pool, threads } = options
  const records = items.flatMap((item, place) => (item.kind === 'record' ? [{ record: item.record, place }] : []))
  const parts = records.length <= WHOLE ? Math.min(1, records.length) : Math.ceil(records.length / WINDOW)
  const begin = (k: number) => Math.floor((k * records.length) / parts)
  const windows: ScannedPart[] = []
  let next = 0
  const lane = async () => {
    for (let k = next++; k < parts; k = next++) {
      const part = records.slice(begin(k), begin(k + 1))
      const own = part.map(({ record }) => record)
      const sidecar = await scoreRecords(own, { ...options, window: `part-${k + 1}` }, (input) => pool.scan(input))
      windows[k] = { records: own, places: part.map(({ place }) => place), sidecar }
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, parts) }, lane))
  return { items, windows, contract }
}

/** A file's scan in the form that is printed: one record per item; dead letters appear as refused, with the reason. */
export function toScanOutput(
  input: string,
  { items, windows, contract }: FileScan,
  assumed: readonly string[],
): ScanOutput {
  const records: ScannedRecord[] = items.map((item, index) => {
    if (item.kind === 'letter') return refused(item.letter, index)
    return { index, id: item.record.id, risk: 0, decision: 'admit', issues: [] }
  })
  const found: Campaign[] = []
  const listed = new Set(windows.flatMap(({ sidecar }) => idsListed(sidecar)))
  const detectors = new Map<string, DetectorInfo>()
  const notes = new Set([...assumed, ...sanitized(items, contract)])
  const counts = new Map<string, number>()
  for (const item of items)
    if (item.kind === 'letter') counts.set(item.letter.reason, (counts.get(item.letter.reason) ?? 0) + 1)
  for (const { places, sidecar, records: own } of windows) {
    const { unscanned } = sidecar
    sidecar.records.forEach(({ id, risk, decision, issues }, i) => {
      const place = places[i] ?? i
      const record = own[i]
      const label = record === undefined ? null : labelOf(record, contract)
      const contributor = record === undefined ? null : contributorOf(record, contract)
      records[place] = {
        index: place,
        id,
        risk,
        decision,
        issues,
        ...(unscanned !== undefined && { unscanned }),
        ...(label !== null && { label }),
        ...(contributor !== null && { contributor }),
      }
    })
    for (const campaign of sidecar.campaigns.filter(({ id }) => listed.has(id)))
      found.push({ ...campaign, members: campaign.members.map((member) => places[member] ?? member) })
    for (const detector of sidecar.detectors) detectors.set(detector.name, detector)
    for (const note of sidecar.notes) notes.add(note)
  }
  return {
    input,
    version: VERSION,
    records,
    deadLetters: [...counts].map(([reason, count]) => ({ reason, count })),
    campaigns: [...Map.groupBy(found, ({ id }) => id).values()].map(mergeParts),
    detectors: [...detectors.values()],
    certified: windows.length > 0 && windows.every(({ sidecar }) => sidecar.certified),
    notes: [...notes],
  }
}

/**
 * Notes on texts that break a sanitizing rule, and whether the scan saw what breaks it: removed characters may have been a
 * trigger.
 */
function sanitized(items: readonly Prepared[], contract: Contract): string[] {
  const counts = new Map<RuleName, number>()
  for (const item of items)
    for (const rule of new Set(item.kind === 'record' ? item.notes.map((note) => note.rule) : []))
      counts.set(rule, (counts.get(rule) ?? 0) + 1)
  return [...counts].map(([rule, records]) => {
    const held = `${plural(records, 'record')} ${records === 1 ? 'has' : 'have'} ${RULE_WORDS[rule]} (${rule})`
    return contract.sanitize[rule] === 'fix'
      ? `${held}, taken out before the scan. Nobody has looked whether they were a trigger.`
      : `${held}, scanned as they came.`
  })
}

/**
 * The record for an item that could not be read: it has the highest risk and keeps its place in the output, so that none is
 * missing.
 */
function refused(letter: Extract<Prepared, { kind: 'letter' }>['letter'], index: number): ScannedRecord {
  const { partition, position } = letter.provenance
  const why = `${REASON_WORDS[letter.reason]}: ${letter.detail}`
  const issues: Issue[] = [{ family: 'outlier', score: 1, why }]
  return { index, id: `${partition}#${position}`, risk: 1, decision: 'reject', issues }
}
