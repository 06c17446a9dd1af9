import { decodeRecords } from '#core/record-codec.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import { sha256Hex } from '#core/hash.ts'
import { mergeSketch } from '#services/scan/calibrate/sketch.ts'
import { poolOf, type ScoredWindow, type ScoreTask } from '#services/scan/score-window.ts'

const DETECTORS = [{ name: 'hash', family: 'outlier', version: 1 }] as const

/** Scores by a hash of the record's id: what is tested is the protocol around the scores, some two hundred times. */
export async function scoreByHash(task: ScoreTask): Promise<ScoredWindow> {
  const { window, plaintext, policy, seed, memory, pooled, marks } = task
  const records = decodeRecords(plaintext)
  const scored = records.map((record, index) => {
    const risk = Number.parseInt(sha256Hex(record.id).slice(0, 4), 16) / 0xffff
    const decision = risk > 0.95 ? ('reject' as const) : risk > 0.8 ? ('quarantine' as const) : ('admit' as const)
    return { id: record.id, index, risk, decision, issues: [] }
  })
  const pool = pooled === true ? poolOf(records, { window, seed, records: scored }) : null
  const count = (wanted: string) => scored.filter(({ decision }) => decision === wanted).length
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
          scored.map(({ risk }) => risk),
        ),
      },
      campaigns: [],
      records: scored,
      map: new Float32Array(2 * scored.length),
    }),
    counts: { admitted: count('admit'), quarantined: count('quarantine'), rejected: count('reject') },
    flagged: scored.flatMap(({ id, index, risk, decision }) =>
      decision === 'admit'
        ? []
        : [{ record: id, index, risk, decision, families: [], campaign: null, contributor: null, label: null }],
    ),
    campaigns: [],
    detectors: DETECTORS,
    ...(pool !== null && { pool: pool.lines }),
    ...(marks !== undefined && { bearers: marks.map(() => null) }),
  }
}
