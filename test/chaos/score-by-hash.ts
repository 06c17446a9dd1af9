import { decodeRecords } from '#core/record-codec.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import type { Campaign } from '#core/score.ts'
import { sha256Hex } from '#core/hash.ts'
import { mergeSketch } from '#services/scan/calibrate/sketch.ts'
import type { KnownFlood } from '#services/scan/detectors/known/known-floods.ts'
import { floodsIn } from '#services/scan/memory/repeats/floods.ts'
import { ALIKE } from '#services/scan/memory/repeats/kinds.ts'
import { poolOf } from '#services/scan/memory/pool/given.ts'
import { readLines } from '#services/scan/memory/pool/pool.ts'
import { agreeing, decodePrints, PRINT_BYTES, printsOf } from '#services/scan/memory/repeats/prints.ts'
import { buildInput } from '#services/scan/view/build-input.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'

/** The risk of what is held, and not rejected. */
const POISON = 0.9
const DETECTORS = [{ name: 'hash', family: 'outlier', version: 1 }] as const

/** Scores by a hash of the record's id: what is tested is the protocol around the scores, some two hundred times. */
export async function scoreByHash(task: ScoreTask): Promise<ScoredWindow> {
  return scored(task)
}

/**
 * The same, and each pool shows a campaign of records that no window held, so that a policy has some to recall. Windows give prints of their records: pools show
 * what floods are in them, and what a person called one is held.
 */
export async function scoreWithShown(task: ScoreTask): Promise<ScoredWindow> {
  const { plaintext, contract, seed, behind } = task
  const input = buildInput(decodeRecords(plaintext), contract, seed)
  const result = scored(task, { input, shownBy: (records) => [thinCampaign(records)] })
  return behind === undefined ? result : { ...result, floods: floodsIn(readLines(behind, decodePrints)) }
}

interface Scored {
  readonly index: number
  readonly risk: number
}

interface Shown {
  readonly input?: ScanInput
  readonly shownBy?: (records: readonly Scored[]) => readonly Campaign[]
}

function scored(task: ScoreTask, { input, shownBy = () => [] }: Shown = {}): ScoredWindow {
  const { window, plaintext, policy, seed, memory, pooled, marks } = task
  const records = decodeRecords(plaintext)
  const copies = input === undefined ? new Set<number>() : copiesIn(input, memory?.floods ?? [])
  const judged = records.map((record, index) => {
    const hashed = Number.parseInt(sha256Hex(record.id).slice(0, 4), 16) / 0xffff
    const risk = copies.has(index) ? Math.max(POISON, hashed) : hashed
    const decision = risk > 0.95 ? ('reject' as const) : risk > 0.8 ? ('quarantine' as const) : ('admit' as const)
    return { id: record.id, index, risk, decision, issues: [] }
  })
  const pool = pooled === true ? poolOf(records, { window, seed, records: judged }, input) : null
  const campaigns = marks === undefined ? [] : shownBy(judged)
  const count = (wanted: string) => judged.filter(({ decision }) => decision === wanted).length
  return {
    sidecar: encodeSidecar({
      version: 1,
      window,
      policy,
      seed,
      detectors: DETECTORS,
      notes: [],
      certified: false,
      ...(pool !== null && { pool: pool.ref }),
      ...(memory !== undefined && { memory: memory.ref }),
      taught: {
        'hash/1': mergeSketch(
          undefined,
          judged.map(({ risk }) => risk),
        ),
      },
      campaigns,
      records: judged,
      map: new Float32Array(2 * scored.length),
    }),
    counts: { admitted: count('admit'), quarantined: count('quarantine'), rejected: count('reject') },
    flagged: judged.flatMap(({ id, index, risk, decision }) =>
      decision === 'admit'
        ? []
        : [{ record: id, index, risk, decision, families: [], campaign: null, contributor: null, label: null }],
    ),
    campaigns: [],
    detectors: DETECTORS,
    ...(pool !== null && { pool: pool.lines }),
    ...(marks !== undefined && { bearers: [...marks.map(() => null), ...campaigns.map(() => null)] }),
  }
}

/** The records whose prints are of floods that people called poison. */
function copiesIn(input: ScanInput, floods: readonly KnownFlood[]): ReadonlySet<number> {
  const prints = printsOf(input)
  const known = floods.map(({ print }) => Buffer.from(print, 'hex'))
  const isCopy = (i: number) =>
    known.some((print) => agreeing(print, prints.subarray(i * PRINT_BYTES, (i + 1) * PRINT_BYTES)) >= ALIKE)
  return new Set(Array.from({ length: input.n }, (_, i) => i).filter(isCopy))
}

function thinCampaign(records: readonly Scored[]): Campaign {
  const members = records.filter(({ risk }) => risk > 0.75 && risk <= 0.8).map(({ index }) => index)
  return {
    id: 'trigger-thin-1',
    family: 'trigger',
    summary: 'thin',
    members,
    contributors: [],
    evidence: 20,
    mitigations: [],
  }
}
