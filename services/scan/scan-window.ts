import { FEWEST_SCANNED } from '#core/window.ts'
import type { Effort, Family, Issue } from '#core/score.ts'
import { AppError } from '#core/errors.ts'
import { allDetectors } from './detectors/all.ts'
import { type Candidate, toCampaigns } from './verdict/campaigns.ts'
import { calibrateChannels } from './calibrate/channels.ts'
import type { Channel } from './calibrate/channel.ts'
import { liftedAnew } from './lifted-anew.ts'
import { createView } from './view/create-view.ts'
import type { Detector } from './detector.ts'
import { type Benchmark, Contamination } from './detectors/copies/contamination.ts'
import { Contributors, type FamilyOdds } from './detectors/known/contributors.ts'
import { KnownCampaigns, type Signature } from './detectors/known/known-campaigns.ts'
import { type KnownFlood, KnownFloods } from './detectors/known/known-floods.ts'
import { absoluteOdds, byFamily, type FamilyVerdict, fuse, probability } from './verdict/fuse.ts'
import { certifies, type CleanHistory, EMPTY_HISTORY, historyKey } from './calibrate/history.ts'
import { isUnsuspicious, isWorthALook, quickDetectors } from './quick.ts'
import { partsFor, scanInParts } from './in-parts.ts'
import { createEngine } from './numeric/create-engine.ts'
import type { Engine } from './numeric/engine.ts'
import { picture } from './view/picture.ts'
import type { ScanInput } from './view/samples.ts'
import type { Named } from './memory/accounts.ts'
import { NOTHING_JUDGED, type Recalibration } from './memory/verdicts.ts'
import { recalibrate, withLikeness } from './verdict/spare.ts'
import { oddsByPlace } from './verdict/places.ts'
import { byTurns } from './verdict/turns.ts'
import { mergeSketch } from './calibrate/sketch.ts'
import type { WindowScan } from './window-scan.ts'
import type { WindowView } from './view/window-view.ts'

export interface ScanOptions {
  readonly engine?: Engine
  readonly detectors?: readonly Detector[]
  /** The user's own detectors, besides the others. */
  readonly own?: readonly Detector[]
  /** How earlier, clean windows of the same dataset scored. */
  readonly history?: CleanHistory
  /** Benchmarks by which a model will be judged: records that contain them are held. */
  readonly against?: readonly Benchmark[] | undefined
  /** Campaigns that earlier windows showed: their next record is recognised by itself. */
  readonly signatures?: readonly Signature[]
  /** Floods that earlier windows showed: their next near-copy is recognised by itself. */
  readonly floods?: readonly KnownFlood[]
  /** Contributors that, by earlier windows, bring too many of the riskiest records. */
  readonly named?: readonly Named[]
  /** The corrections by people's earlier verdicts. */
  readonly recalibration?: Recalibration
  /** `quick`: a window that a quick scan suspects nothing in is not scanned in full. `full` by default. */
  readonly effort?: Effort | undefined
  /**
   * Whether the records are the riskiest of many windows, as a dataset's pool has them: then only what such a selection
   * shows of triggers is asked for.
   */
  readonly isSelection?: boolean | undefined
  /** The mebibytes that the scan may take; a window that would take more is scanned in parts. 2,048 by default. */
  readonly memoryMiB?: number | undefined
}

export type { WindowScan } from './window-scan.ts'

/** From this probability on a record is under suspicion: it may join a campaign and stays out of the history. */
export const SUSPECTED = 0.5
/** The least probability at which a family is named as an issue of a record. */
const NAMED = 0.2
const NAMED_ODDS = Math.log(NAMED / (1 - NAMED))
/** The log-odds of a supporting channel's highest hundredth: from there on it is part of a record's evidence. */
const AGREES = -4.4

/**
 * Scores one window: runs every detector whose needs the window meets, calibrates each family by itself, and fuses them
 * to one risk per record and campaigns. A window that does not fit the memory for it is scanned in parts. Pure: the
 * same input and history give the same bytes. Throws `invalid` where the input's parts have different lengths, or its
 * records are too large to be scanned.
 */
export async function scanWindow(input: ScanInput, options: ScanOptions = {}): Promise<WindowScan> {
  check(input)
  if (input.n < FEWEST_SCANNED) return unscored(input.n)
  const engine = options.engine ?? (await createEngine())
  const scan = async (part: ScanInput, effort: Effort) => {
    const telling = tellingLabels(part)
    const looked = effort === 'quick' ? await look(telling, { ...options, engine }) : null
    return looked ?? judge(telling, { ...options, engine, effort: 'full' })
  }
  const { effort = 'full' } = options
  const parts = partsFor(input, options.memoryMiB)
  return parts === 1 ? scan(input, effort) : scanInParts(input, parts, effort, scan)
}

/** The result of a quick scan; null where it suspects anything, or the window is always scanned in full. */
export async function look(
  input: ScanInput,
  options: ScanOptions & { readonly engine: Engine },
): Promise<WindowScan | null> {
  if (!isWorthALook(input)) return null
  const detectors = quickDetectors(input.samples)
  const scan = await judge(input, { ...options, effort: 'quick', history: EMPTY_HISTORY, detectors })
  return isUnsuspicious(scan) ? asQuick(scan) : null
}

/**
 * A quick scan as a window's result. It certifies nothing and teaches later windows nothing, because its scores have
 * scales of their own.
 */
function asQuick(scan: WindowScan): WindowScan {
  const note = 'A quick scan suspected nothing: the window was not scanned in full.'
  return { ...scan, effort: 'quick', certified: false, notes: [note, ...scan.notes], bulk: {} }
}

async function judge(input: ScanInput, options: ScanOptions & { readonly engine: Engine }): Promise<WindowScan> {
  const history = options.history ?? EMPTY_HISTORY
  const notes: string[] = []
  const {
    own = [],
    signatures = [],
    floods = [],
    named = [],
    against = [],
    effort = 'full',
    isSelection = false,
  } = options
  const view = createView(input, options.engine, effort)
  const able = [
    ...(options.detectors ?? allDetectors({ ownModel: input.model !== undefined, history, isSelection })),
    ...(signatures.length > 0 ? [new KnownCampaigns(signatures)] : []),
    ...(floods.length > 0 ? [new KnownFloods(floods)] : []),
    ...(against.length > 0 ? [new Contamination(against)] : []),
    ...own,
  ]
  const detectors = isSelection ? able.filter(isBelieved) : able
  const first = await calibrateChannels(view, detectors, history, notes, isSelection)
  const said = await liftedAnew(first, detectors, input, view, effort)
  const { channels, spared: lenient, notes: told } = recalibrate(view, said, options.recalibration ?? NOTHING_JUDGED)
  notes.push(...told)
  const verdicts = byFamily(channels, view.n)
  const contributor = contributorChannel(view, verdicts, named)
  const all = contributor === null ? verdicts : [...verdicts, ...byFamily([contributor], view.n)]
  const risk = fuse(all, view.n, oddsByPlace(view, channels))

  // Rankings of labels are scaled by the window's own noise, and supporting channels have no scale: neither needs a
  // history.
  const relative = channels.filter(
    ({ tags, detection }) =>
      detection.scale === 'relative' && tags.calibration !== 'label-noise' && tags.role === 'carrier',
  )
  // a quick scan teaches nothing
  const taught = effort === 'quick' ? [] : relative
  const isClear = (i: number) => risk[i]! < SUSPECTED
  const besides = effort === 'quick' ? [] : channels
  const bulk = Object.fromEntries([
    // where every record is under suspicion there is nothing to teach
    ...(risk.some((_, i) => isClear(i)) ? taught : []).map(({ info, detection }) => [
      historyKey(info),
      mergeSketch(
        undefined,
        detection.scores.filter((_, i) => isClear(i)),
      ),
    ]),
    ...besides.flatMap(({ info, detection }) =>
      detection.teaches === undefined ? [] : [[historyKey(info), detection.teaches(isClear)]],
    ),
  ])
  const candidates = [...channels, ...(contributor === null ? [] : [contributor])].flatMap(candidatesOf)
  return {
    risk,
    issues: Array.from(risk, (_, i) => issuesOf(i, all, channels)),
    campaigns: withLikeness(
      toCampaigns(candidates, (i) => risk[i]! >= SUSPECTED, view.labels, view.contributors),
      view,
    ),
    ...(lenient.length > 0 && { spared: lenient }),
    // nobody is shown a selection's picture
    map: await picture(view, isSelection ? 'quick' : effort),
    detectors: [...channels.map(({ info }) => info), ...(contributor === null ? [] : [contributor.info])],
    certified: certifies(
      history,
      relative.map(({ info }) => historyKey(info)),
    ),
    notes,
    bulk,
    order: byTurns(all, risk),
  }
}

/**
 * Whether a selection of the riskiest records shows what the detector finds: groups with a trigger. It has more outliers
 * and wrong labels than its windows have.
 */
function isBelieved({ info, tags }: Detector): boolean {
  return info.family === 'trigger' && tags.role === 'carrier'
}

/**
 * The input without its labels where all records bear one: a delivery of one class is ordinary, and is scanned without
 * labels.
 */
function tellingLabels(input: ScanInput): ScanInput {
  const { labels } = input
  if (labels === null || labels.counts.filter((count) => count > 0).length > 1) return input
  return { ...input, labels: null }
}

function check({ n, samples, labels, contributors }: ScanInput): void {
  const lengths = [labels?.of.length ?? n, contributors?.of.length ?? n]
  if (samples.kind === 'image') lengths.push(samples.pixels.rows)
  if (samples.kind === 'vector') lengths.push(samples.vectors.rows)
  if (samples.kind === 'text') lengths.push(samples.texts.length)
  if (samples.kind === 'exchange') lengths.push(samples.exchanges.length)
  if (samples.kind === 'table')
    for (const column of samples.columns)
      lengths.push(column.type === 'number' ? column.values.length : column.codes.length)
  if (lengths.some((length) => length !== n))
    throw new AppError('invalid', `a window of ${n} records has parts of ${lengths.join(', ')}`)
}

/** The result for too few records: nothing is suspected, and a note reports it. */
function unscored(n: number): WindowScan {
  return {
    risk: new Float64Array(n),
    issues: Array.from({ length: n }, () => []),
    campaigns: [],
    map: new Float32Array(2 * n),
    detectors: [],
    certified: false,
    notes: [`${n} ${n === 1 ? 'record is' : 'records are'} too few to scan: at least ${FEWEST_SCANNED} are needed`],
    bulk: {},
    order: new Int32Array(0),
  }
}

function contributorChannel(
  view: WindowView,
  verdicts: readonly FamilyVerdict[],
  named: readonly Named[],
): Channel | null {
  const stage = new Contributors(named)
  if (view.contributors === null) return null
  const odds: FamilyOdds = new Map(verdicts.map(({ family, logOdds }): [Family, Float64Array] => [family, logOdds]))
  const detection = stage.score(view, odds)
  const { info, tags } = stage
  return { info, tags, detection, logOdds: absoluteOdds(detection, info.family), extremes: [] }
}

function candidatesOf({ info, tags, detection, extremes }: Channel): Candidate[] {
  const groups = tags.role === 'supporting' ? extremes : [...detection.groups, ...extremes]
  return groups.map((group) => ({ family: info.family, group }))
}

function issuesOf(i: number, verdicts: readonly FamilyVerdict[], channels: readonly Channel[]): Issue[] {
  if (!verdicts.some(({ logOdds }) => probability(logOdds[i]!) >= NAMED)) return []
  return verdicts
    .map(({ family, logOdds, loudest, channels: of }) => ({
      family,
      score: probability(logOdds[i]!),
      loudest: of[loudest[i]!]!,
    }))
    .filter(({ score }) => score >= NAMED)
    .sort((a, b) => b.score - a.score)
    .map(({ family, score, loudest }) => {
      const agreeing = channels.filter((c) => c !== loudest && c.info.family === family && agrees(c, i))
      const supporting = agreeing.find(({ tags }) => tags.role === 'supporting')
      const first = sentence(loudest.detection.why(i))
      const second = sentence(supporting?.detection.why(i) ?? '')
      const sentences = first.startsWith(second.slice(0, -1)) ? [first] : [first, second]
      const by = [loudest, ...agreeing].map(({ info }) => info.name)
      return { family, score, why: sentences.filter((text) => text !== '').join(' '), by }
    })
}

/** Whether a channel other than the loudest also speaks against a record. */
function agrees({ tags, logOdds, extremes }: Channel, i: number): boolean {
  return (
    logOdds[i]! >= (tags.role === 'supporting' ? AGREES : NAMED_ODDS) ||
    extremes.some((group) => group.members.includes(i))
  )
}

/** Ends a detector's text as a sentence; it may be a part of one. */
function sentence(text: string): string {
  return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`
}
