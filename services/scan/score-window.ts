import { listedUnder } from '#core/campaigns.ts'
import type { Contract } from '#core/contract.ts'
import type { Decision } from '#core/decision.ts'
import { decodeRecords } from '#core/record-codec.ts'
import { contributorOf, labelOf, nameOf, type DataRecord } from '#core/record.ts'
import type { Effort } from '#core/score.ts'
import { encodeSidecar, type Brought, type Sidecar } from '#core/sidecar.ts'
import type { NewFlagged, ScanOutcome } from '#runtime/catalog/catalog.ts'
import { loadDetectors } from './own-detectors.ts'
import { scoreRecords, type RecordsTask } from './score-records.ts'
import { type Bulk, EMPTY_HISTORY } from './calibrate/history.ts'
import { FEWEST_SCANNED } from '#core/window.ts'
import { broughtIn } from './memory/accounts.ts'
import type { Known } from './memory/known.ts'
import { isForetold, referenceFrom, teachersFrom } from './memory/reference/reference.ts'
import { bearersOf, distinctMarks, markName, type Mark } from './memory/marks.ts'
import { driftOf, type DriftResult, MOVED, type Moved, notesOf } from './drift/drift.ts'
import type { CanaryFamily } from './canaries/plant.ts'
import { canaryNotes, canaryRecall, type CanaryRecall } from './canaries/recall.ts'
import { huntedIn, type Hunted } from './memory/hunt/hunt.ts'
import { decodeWords } from './memory/hunt/words.ts'
import { decodeColumns } from './memory/spikes/columns.ts'
import { floodsIn, type Flood } from './memory/repeats/floods.ts'
import { asScanned, poolOf } from './memory/pool/given.ts'
import type { Inserted } from './memory/places/inserted.ts'
import { insertedWords, markOf, type PoolRow } from './memory/places/named.ts'
import { followedIn, overdrawn, type Followed } from './memory/leads/followed.ts'
import { decodeKeys, keysOf } from './memory/leads/keys.ts'
import { leadsIn, tellingOf, type Lead } from './memory/leads/leads.ts'
import { kindsOfRecords } from './memory/places/same-text.ts'
import { kindsIn } from './memory/repeats/kinds.ts'
import { decodePlaces } from './memory/places/places.ts'
import { readLines } from './memory/pool/pool.ts'
import { decodePrints } from './memory/repeats/prints.ts'
import { naturalMarks } from './memory/spikes/natural.ts'
import { spikesIn, type Spike } from './memory/spikes/spikes.ts'
import { FEWEST_AMONG, scanAmong } from './scan-among.ts'
import { scanWindow, SUSPECTED } from './scan-window.ts'
import { buildInput } from './view/build-input.ts'
import type { Engine } from './numeric/engine.ts'
import type { ScanInput } from './view/samples.ts'

export interface ScoreTask extends RecordsTask {
  /** The staged object's content: encoded records. */
  readonly plaintext: Uint8Array
  /** How thoroughly the window is scanned; in full by default. */
  readonly effort?: Effort | undefined
  /** Modules with the user's own detectors, which score beside the others. */
  readonly detectors?: readonly string[] | undefined
  /** The memory of earlier windows, and the reference to it for the sidecar. */
  readonly memory?: Known | undefined
  /** Whether the window gives records to its dataset's pool. */
  readonly pooled?: boolean | undefined
  /**
   * The family of the canaries that are planted in a copy of a window that gives to the pool; the copy is scanned as
   * well. None where absent.
   */
  readonly canaries?: CanaryFamily | undefined
  /**
   * Present where the records are a dataset's pool: the marks that are sought in every record, besides those that its
   * campaigns share.
   */
  readonly marks?: readonly Mark[] | undefined
  /** By window of the pool: the lines that it gave after its records, with its columns, prints, words, places and keys. */
  readonly behind?: readonly Uint8Array[] | undefined
  /** By record of a pool: where it is from. Inserted words are named only by records whose origin is known. */
  readonly from?: readonly PoolRow[] | undefined
}

export interface ScoredWindow extends Omit<ScanOutcome, 'scores'> {
  /** The encoded sidecar, unencrypted. */
  readonly sidecar: Uint8Array
  /**
   * Lines of what the window gives to the pool, unencrypted: its records, columns, prints, words, places and keys.
   * Absent where it gives none.
   */
  readonly pool?: Uint8Array
  /**
   * The bearers of each mark, then those of each campaign's own mark; null for a mark that cannot be checked on a
   * single record. Absent without marks.
   */
  readonly bearers?: readonly (readonly number[] | null)[]
  /** How many canaries a scan would have held; absent where there were none. */
  readonly canaries?: CanaryRecall
  /** In what the window differs from those before it; absent where that was not tested. */
  readonly drifted?: readonly Moved[]
  /** The spikes in the columns of all windows, and the floods in their prints; absent without `behind`. */
  readonly spikes?: readonly Spike[]
  readonly floods?: readonly Flood[]
  /** The bearers of the marks, and of the campaigns' own marks, in all windows; absent without `behind`. */
  readonly hunted?: readonly Hunted[]
  /** The words that the texts of all windows show to have been put in; absent without `behind`. */
  readonly inserted?: readonly Inserted[]
  /** The places, as in `bearers`, of marks that the columns of all windows show to be natural; absent without `behind`. */
  readonly natural?: readonly number[]
  /** What comes together in the exchanges of all windows, and what of it is a campaign; absent of other records. */
  readonly leads?: readonly Lead[]
  readonly followed?: readonly Followed[]
  readonly overdrawn?: readonly number[]
}

/**
 * Makes the sidecar and the catalog rows of a window from its records. It has everything of a scan that takes processor
 * time, so that it can run in a worker thread. Pure: the same task gives the same bytes.
 */
export async function scoreWindow(task: ScoreTask, engine?: Engine): Promise<ScoredWindow> {
  const records = decodeRecords(task.plaintext)
  const own = await loadDetectors(task.detectors ?? [])
  const { memory } = task
  const options = {
    own,
    effort: task.effort,
    isSelection: task.marks !== undefined,
    ...(engine !== undefined && { engine }),
    ...(memory !== undefined && {
      history: memory.history,
      signatures: memory.signatures,
      floods: memory.floods,
      named: memory.named,
      ...(memory.recalibration !== undefined && { recalibration: memory.recalibration }),
    }),
  }
  let taught: Bulk | undefined
  let scanned: ScanInput | undefined
  let drift: DriftResult | undefined
  let brought: Brought | null = null
  let order: Int32Array | undefined
  let canaries: CanaryRecall | null = null
  const reference = referenceOf(task)
  const others = othersOf(records, task)
  const scored = await scoreRecords(records, task, async (window) => {
    if (others !== null) {
      scanned = window
      const among = buildInput([...records, ...others], task.contract, task.seed)
      const { bulk: _none, order: first, ...result } = await scanAmong(window.n, among, options)
      if (task.pooled === true) brought = broughtIn(result.risk, window.contributors)
      order = first
      return result
    }
    const input = { ...window, ...(reference !== null && { reference }) }
    const { bulk, order: first, ...result } = await scanWindow(input, options)
    order = first
    if (task.pooled === true) brought = broughtIn(result.risk, input.contributors)
    // A quick scan teaches nothing.
    taught = result.effort === undefined ? bulk : undefined
    scanned = input
    // what a window teaches about its records' looks is for windows that learn from one another
    if (task.pooled !== true) return result
    if (task.canaries !== undefined)
      canaries = await canaryRecall(input, task.canaries, task, (shadow) => scanWindow(shadow, options))
    drift = driftOf(input, (i) => result.risk[i]! < SUSPECTED, memory?.history ?? EMPTY_HISTORY)
    return { ...result, notes: [...result.notes, ...notesOf(drift.found), ...canaryNotes(canaries)] }
  })
  const isGiven = task.pooled === true && scored.unscanned === undefined
  const pool = isGiven
    ? poolOf(asScanned(records, task.contract), scored, scanned, { order, leads: memory?.leads ?? [] })
    : null
  const sidecar: Sidecar = {
    ...scored,
    ...(pool !== null && { pool: pool.ref }),
    ...(brought !== null && scored.unscanned === undefined && { brought }),
    ...(memory !== undefined && { memory: memory.ref }),
    ...(taught !== undefined && scored.unscanned === undefined && { taught: { ...taught, ...drift?.taught } }),
  }
  const count = (made: Decision) => sidecar.records.filter(({ decision }) => decision === made).length
  const { marks, behind } = task
  return {
    sidecar: encodeSidecar(sidecar),
    ...(pool !== null && { pool: pool.lines }),
    ...(marks !== undefined && scanned !== undefined && { bearers: bearersIn(scanned, marks, sidecar) }),
    ...(behind !== undefined && {
      ...shownBehind(behind, marks ?? [], sidecar, task, scanned),
      ...ledBehind(behind, sidecar, task, scanned),
    }),
    ...(canaries !== null && { canaries }),
    ...(drift !== undefined && { drifted: MOVED.filter((kind) => drift?.found.some(({ moved }) => moved === kind)) }),
    counts: { admitted: count('admit'), quarantined: count('quarantine'), rejected: count('reject') },
    flagged: flaggedRows(records, sidecar, task.contract),
    campaigns: sidecar.campaigns.map(({ id, family, label, members, evidence }) => ({
      id,
      family,
      label: label ?? null,
      members: members.length,
      evidence,
    })),
    detectors: sidecar.detectors,
  }
}

function referenceOf({ memory, contract, seed }: ScoreTask) {
  const { reference, named = [] } = memory ?? {}
  return reference === undefined || !isForetold(contract) ? null : referenceFrom(reference, named, contract, seed)
}

/**
 * The records of other windows among which a window is scanned that is too small by itself. Null where it is large
 * enough, where the other records are too few, and where the user's own model judges, whose outputs exist only for the
 * window's records.
 */
function othersOf(records: readonly DataRecord[], { memory, contract, model }: ScoreTask): DataRecord[] | null {
  const { reference, named = [] } = memory ?? {}
  if (records.length === 0 || records.length >= FEWEST_SCANNED || reference === undefined || model !== undefined)
    return null
  const others = teachersFrom(reference, named, contract)
  return others.length < FEWEST_AMONG ? null : others
}

function bearersIn(input: ScanInput, marks: readonly Mark[], sidecar: Sidecar) {
  return [...marks, ...sharedIn(sidecar)].map((mark) => (mark === null ? null : bearersOf(input, mark)))
}

function sharedIn({ campaigns }: Sidecar): (Mark | null)[] {
  return campaigns.map(({ trigger, label }) => (trigger === undefined ? null : { trigger, label }))
}

/**
 * The spikes, floods and inserted words of all records of the pool's windows, and the bearers of marks among them;
 * `pool` has the records by which such words are named.
 */
function shownBehind(
  behind: readonly Uint8Array[],
  marks: readonly Mark[],
  sidecar: Sidecar,
  { seed, from = [] }: Pick<ScoreTask, 'seed' | 'from'>,
  pool: ScanInput | undefined,
) {
  const known = distinctMarks([...marks, ...sharedIn(sidecar)])
  // words are only searched for marks
  const words = known.length === 0 ? [] : readLines(behind, decodeWords)
  const columns = readLines(behind, decodeColumns)
  const places = readLines(behind, decodePlaces)
  const prints = readLines(behind, decodePrints)
  const kinds = kindsIn(prints.map((window) => window?.prints ?? null))
  const inserted = pool === undefined ? [] : insertedWords(places, kindsOfRecords(prints, kinds), known, pool, from)
  // the places of an inserted word say which records it was put into; a window without places shows only who has it
  const placed = new Set(inserted.map((one) => markName(markOf(one))))
  const isPlaced = (mark: Mark) => placed.has(markName(mark))
  const unplaced = words.map((window, part) => (places[part] === null ? window : null))
  // a word in an exchange is no mark without what it brings: leads find those
  const isSaid = pool?.samples.kind === 'exchange'
  const wanted = isSaid ? [] : known.filter((mark) => !isPlaced(mark))
  const hunted = huntedIn({ columns, words }, wanted, seed)
  return {
    spikes: spikesIn(columns, known),
    floods: floodsIn(prints, kinds),
    hunted: [...hunted, ...huntedIn({ columns: [], words: unplaced }, known.filter(isPlaced), seed)],
    inserted,
    natural: naturalMarks([...marks, ...sidecar.campaigns], columns, hunted, marks.length),
  }
}

/** The leads in the exchanges of the pool's windows, and those that its campaigns follow. */
function ledBehind(
  behind: readonly Uint8Array[],
  { campaigns }: Sidecar,
  { from = [] }: Pick<ScoreTask, 'from'>,
  pool: ScanInput | undefined,
) {
  const keys = pool === undefined ? null : keysOf(pool)
  if (keys === null) return {}
  const leads = leadsIn(readLines(behind, decodeKeys))
  const followed = followedIn(campaigns, leads, from)
  return { leads, followed, overdrawn: overdrawn(campaigns, followed, tellingOf(keys, leads)) }
}

/** The catalog's rows of held records, without evidence, which may quote the record. */
function flaggedRows(records: readonly DataRecord[], sidecar: Sidecar, contract: Contract): NewFlagged[] {
  const campaignOf = listedUnder(sidecar.campaigns)
  const rows: NewFlagged[] = []
  for (const { id, index, risk, decision, issues } of sidecar.records) {
    if (decision === 'admit') continue
    const record = records[index]
    if (record === undefined) continue
    rows.push({
      record: id,
      index,
      risk,
      decision,
      families: issues.map((issue) => issue.family),
      campaign: campaignOf.get(index)?.id ?? null,
      contributor: contributorOf(record, contract),
      label: labelOf(record, contract),
      sensitivity: contract.sensitivity === undefined ? null : nameOf(record.fields[contract.sensitivity]),
    })
  }
  return rows
}
