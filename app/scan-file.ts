import type { Contract } from '#core/contract.ts'
import type { Policy } from '#core/decision.ts'
import { contributorOf, labelOf, type DataRecord } from '#core/record.ts'
import type { Campaign, DetectorInfo, Issue, ScanResult } from '#core/score.ts'
import type { Prepared } from '#services/ingest/record/prepare.ts'
import { buildInput } from '#services/scan/view/build-input.ts'
import { decide } from '#services/scan/verdict/decide.ts'
import { withModel } from '#services/scan/model/with-model.ts'
import type { ScanPool } from '#services/scan/worker/pool.ts'
import type { ScannedRecord, ScanOutput } from '#present/scanned.ts'
import { REASON_WORDS } from '#present/words.ts'
import { VERSION } from './version.ts'

/** What a file is cut into when it is larger; as windows are in the pipeline. */
const WINDOW = 10_000
/** Up to here a file is one window: more records tell more than two halves do. */
const WHOLE = 15_000

export interface FileScan {
  /** Everything in the file, in order; what could not be read stands among it. */
  readonly items: readonly Prepared[]
  readonly windows: readonly ScannedPart[]
  readonly contract: Contract
}

export interface ScannedPart {
  readonly records: readonly DataRecord[]
  /** Places of the records among the items. */
  readonly places: readonly number[]
  readonly result: ScanResult
  readonly decisions: ReturnType<typeof decide>
}

export interface FileScanOptions {
  readonly contract: Contract
  readonly policy: Policy
  readonly seed: number
  readonly pool: Pick<ScanPool, 'scan'>
  /** The user's own model, in place of the probe. */
  readonly model?: string | undefined
}

/** Scans items as windows of about ten thousand records, in worker threads. */
export async function scanInWindows(items: readonly Prepared[], options: FileScanOptions): Promise<FileScan> {
  const { contract, policy, seed, pool, model } = options
  const records = items.flatMap((item, place) => (item.kind === 'record' ? [{ record: item.record, place }] : []))
  const parts = records.length <= WHOLE ? 1 : Math.ceil(records.length / WINDOW)
  const size = Math.ceil(records.length / parts)
  const windows = await Promise.all(
    Array.from({ length: records.length === 0 ? 0 : parts }, async (_, k): Promise<ScannedPart> => {
      const part = records.slice(k * size, (k + 1) * size)
      const own = part.map(({ record }) => record)
      const input = buildInput(own, contract, seed)
      const notes: string[] = []
      const used = model === undefined ? input : await withModel(input, { path: model, contract, notes })
      const scanned = await pool.scan(used)
      const result = { ...scanned, notes: [...notes, ...scanned.notes] }
      return { records: own, places: part.map(({ place }) => place), result, decisions: decide(result.risk, policy) }
    }),
  )
  return { items, windows, contract }
}

/** A file's scan as it is printed: one record an item, dead letters as what was refused, and why. */
export function toScanOutput(
  input: string,
  { items, windows, contract }: FileScan,
  assumed: readonly string[],
): ScanOutput {
  const records: ScannedRecord[] = items.map((item, index) => {
    if (item.kind === 'letter') return refused(item.letter, index)
    return { index, id: item.record.id, risk: 0, decision: 'admit', issues: [] }
  })
  const campaigns: Campaign[] = []
  const detectors = new Map<string, DetectorInfo>()
  const notes = new Set(assumed)
  const counts = new Map<string, number>()
  for (const item of items)
    if (item.kind === 'letter') counts.set(item.letter.reason, (counts.get(item.letter.reason) ?? 0) + 1)
  for (const { places, result, decisions, records: own } of windows) {
    places.forEach((place, i) => {
      const record = own[i]
      const label = record === undefined ? null : labelOf(record, contract)
      const contributor = record === undefined ? null : contributorOf(record, contract)
      records[place] = {
        index: place,
        id: record?.id ?? '',
        risk: result.risk[i] ?? 1,
        decision: decisions[i] ?? 'quarantine',
        issues: result.issues[i] ?? [],
        ...(label !== null && { label }),
        ...(contributor !== null && { contributor }),
      }
    })
    for (const campaign of result.campaigns)
      campaigns.push({ ...campaign, members: campaign.members.map((member) => places[member] ?? member) })
    for (const detector of result.detectors) detectors.set(detector.name, detector)
    for (const note of result.notes) notes.add(note)
  }
  return {
    input,
    version: VERSION,
    records,
    deadLetters: [...counts].map(([reason, count]) => ({ reason, count })),
    campaigns,
    detectors: [...detectors.values()],
    certified: windows.length > 0 && windows.every(({ result }) => result.certified),
    notes: [...notes],
  }
}

/** What could not be read is as risky as can be: it takes its place in the output, so that none is missing. */
function refused(letter: Extract<Prepared, { kind: 'letter' }>['letter'], index: number): ScannedRecord {
  const { partition, position } = letter.provenance
  const why = `${REASON_WORDS[letter.reason]}: ${letter.detail}`
  const issues: Issue[] = [{ family: 'outlier', score: 1, why }]
  return { index, id: `${partition}#${position}`, risk: 1, decision: 'reject', issues }
}
