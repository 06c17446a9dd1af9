import { decodeRecords } from '#core/record-codec.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import type { Campaign } from '#core/score.ts'
import { sha256Hex } from '#core/hash.ts'
import { mergeSketch } from '#services/scan/calibrate/sketch.ts'
import { poolOf, type ScoredWindow, type ScoreTask } from '#services/scan/score-window.ts'

const DETECTORS = [{ name: 'hash', family: 'outlier', version: 1 }] as const

/** Scores by a hash of the record's id: what is tested is the protocol around the scores, some two hundred times. */
export async function scoreByHash(task: ScoreTask): Promise<ScoredWindow> {
  return scored(task, () => [])
}

/** The same, and each pool shows a campaign of records that no window held, so that a policy has some to recall. */
export async function scoreWithThin(task: ScoreTask): Promise<ScoredWindow> {
  return scored(task, (records) => [thinCampaign(records)])
}

interface Scored {
  readonly index: number
  readonly risk: number
}

function scored(task: ScoreTask, shownBy: (records: readonly Scored[]) => readonly Campaign[]): ScoredWindow {
  const { window, plaintext, policy, seed, memory, pooled, marks } = task
  const records = decodeRecords(plaintext)
  const judged = records.map((record, index) => {
    const risk = Number.parseInt(sha256Hex(record.id).slice(0, 4), 16) / 0xffff
    const decision = risk > 0.95 ? ('reject' as const) : risk > 0.8 ? ('quarantine' as const) : ('admit' as const)
    return { id: record.id, index, risk, decision, issues: [] }
  })
  const pool = pooled === true ? poolOf(records, { window, seed, records: judged }) : null
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
