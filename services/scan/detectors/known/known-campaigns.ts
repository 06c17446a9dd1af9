import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { bearersOf, type Mark } from '../../memory/marks.ts'
import { probability } from '../../verdict/fuse.ts'
import type { WindowView } from '../../view/window-view.ts'

/** A campaign of earlier windows, in the form in which a single record is compared with it. */
export interface Signature extends Mark {
  readonly summary: string
  /** The campaign's evidence, in nats. */
  readonly evidence: number
  /** Log-odds that a record with the mark is a member. */
  readonly logOdds: number
}

/**
 * Known campaigns: a record that bears the mark of one is held, even if it is the only one in its window. Its score is
 * the campaign's evidence times the probability that a record with the mark was a member, and no innocent record, in
 * earlier windows.
 */
export class KnownCampaigns implements Detector {
  readonly info: DetectorInfo = { name: 'known-campaigns', family: 'trigger', version: 1 }
  readonly needs = [] as const
  readonly tags = { role: 'carrier' } as const
  readonly #signatures: readonly Signature[]

  constructor(signatures: readonly Signature[]) {
    this.#signatures = signatures
  }

  async score(view: WindowView): Promise<Detection> {
    const scores = new Float64Array(view.n)
    const best: (Signature | undefined)[] = []
    const groups: Group[] = []
    for (const signature of this.#signatures) {
      const members = Int32Array.from(bearersOf(view, signature) ?? [])
      if (members.length === 0) continue
      const posterior = new Float64Array(members.length).fill(probability(signature.logOdds))
      for (const i of members) {
        const score = signature.evidence * posterior[0]!
        if (score <= scores[i]!) continue
        scores[i] = score
        best[i] = signature
      }
      const { evidence, trigger, label } = signature
      const of = label === undefined ? -1 : (view.labels?.names.indexOf(label) ?? -1)
      const summary = `${members.length === 1 ? '1 record bears' : `${members.length} records bear`} what earlier windows have shown: ${signature.summary}`
      groups.push({ members, posterior, evidence, label: of, trigger, summary })
    }
    const why = (i: number) => {
      const known = best[i]
      return known === undefined ? '' : `bears what a campaign of earlier windows shares: ${known.summary}`
    }
    return { scores, scale: 'absolute', groups, why }
  }
}
