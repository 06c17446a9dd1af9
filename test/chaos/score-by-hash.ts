import { decodeRecords } from '#core/record-codec.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import { sha256Hex } from '#core/hash.ts'
import { mergeSketch } from '#services/scan/calibrate/sketch.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'

const DETECTORS = [{ name: 'hash', family: 'outlier', version: 1 }] as const

/** Scores by a hash of the record's id: what is tested is the protocol around the scores, some two hundred times. */
export async function scoreByHash({ window, plaintext, policy, seed, memory }: ScoreTask): Promise<ScoredWindow> {
  const scored = decodeRecords(plaintext).map((record, index) => {
    const risk = Number.parseInt(sha256Hex(record.id).slice(0, 4), 16) / 0xffff
    const decision = risk > 0.95 ? ('reject' as const) : risk > 0.8 ? ('quarantine' as const) : ('admit' as const)
    return { id: record.id, index, risk, decision, issues: [] }
  })
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
  }
}
