import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { ALIKE } from '../../memory/repeats/kinds.ts'
import { agreeing, PRINT_BYTES, printsOf } from '../../memory/repeats/prints.ts'
import type { WindowView } from '../../view/window-view.ts'
import { sharedLabel } from '../shared-label.ts'

/** A flood of near-copies in earlier windows. */
export interface KnownFlood {
  /** The print of one of the copies, in hex. */
  readonly print: string
  readonly summary: string
  /** The flood's evidence, in nats. */
  readonly evidence: number
}

/** Known floods: a record that is a near-copy of their records is held, even if it is the only one in its window. */
export class KnownFloods implements Detector {
  readonly info: DetectorInfo = { name: 'known-floods', family: 'flood', version: 1 }
  readonly needs = [] as const
  readonly tags = { role: 'carrier' } as const
  readonly #floods: readonly KnownFlood[]

  constructor(floods: readonly KnownFlood[]) {
    this.#floods = floods
  }

  async score(view: WindowView): Promise<Detection> {
    const prints = printsOf(view)
    const scores = new Float64Array(view.n)
    const best: KnownFlood[] = []
    const groups: Group[] = []
    for (const flood of this.#floods) {
      const print = Buffer.from(flood.print, 'hex')
      const members = Int32Array.from(scores.keys()).filter(
        (i) => agreeing(print, prints.subarray(i * PRINT_BYTES, (i + 1) * PRINT_BYTES)) >= ALIKE,
      )
      if (members.length === 0) continue
      const { evidence } = flood
      for (const i of members) {
        if (evidence <= scores[i]!) continue
        scores[i] = evidence
        best[i] = flood
      }
      groups.push({
        members,
        posterior: new Float64Array(members.length).fill(1 / (1 + Math.exp(-evidence))),
        evidence,
        label: sharedLabel(members, view.labels),
        summary: `${members.length === 1 ? '1 record is a near-copy' : `${members.length} records are near-copies`} of what earlier windows have shown: ${flood.summary}`,
      })
    }
    const why = (i: number) =>
      best[i] === undefined ? '' : `It is a near-copy of records of earlier windows: ${best[i].summary}.`
    return { scores, scale: 'absolute', groups, why }
  }
}
