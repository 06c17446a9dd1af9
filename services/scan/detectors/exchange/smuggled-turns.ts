import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { turnMarks, type TurnMark } from '../../features/turn-marks.ts'
import type { WindowView } from '../../view/window-view.ts'

/** A mark in this share of the records or more, and in at least `FEWEST_CUSTOM` of them, is how the set is written. */
const CUSTOM = 0.05
const FEWEST_CUSTOM = 10
/**
 * Log-likelihood ratio, in nats, of one record with such a turn; of each more, as honest marks come singly; and of all
 * at most.
 */
const EVIDENCE = 9
const EVIDENCE_EACH = 1
const MOST_EVIDENCE = 20

/**
 * Turns of a chat template within a text: a model that is trained, or asked, through that template takes the text after
 * the mark for the words of the system, or for an answer of its own (Zheng et al. 2024, Improved Few-Shot Jailbreaking
 * Can Circumvent Aligned Language Models and Their Defenses; Jiang et al. 2025, ChatBug: A Common Vulnerability of
 * Aligned LLMs Induced by Chat Templates). A set that is written in templates is only noted.
 */
export class SmuggledTurns implements Detector {
  readonly info: DetectorInfo = { name: 'smuggled-turns', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const scores = new Float64Array(view.n)
    const loudest: (TurnMark | undefined)[] = []
    const groups: Group[] = []
    const notes: string[] = []
    for (const [mark, members] of heldMarks(view)) {
      if (members.length >= Math.max(FEWEST_CUSTOM, CUSTOM * view.n)) {
        notes.push(
          `${members.length} records have turns of ${mark.style} in the ${mark.part}, which is taken for the way in which they are written`,
        )
        continue
      }
      const evidence = Math.min(MOST_EVIDENCE, EVIDENCE + EVIDENCE_EACH * (members.length - 1))
      for (const i of members) {
        if (evidence <= scores[i]!) continue
        scores[i] = evidence
        loudest[i] = mark
      }
      groups.push(smuggled(mark, Int32Array.from(members), evidence))
    }
    const why = (i: number) => (loudest[i] === undefined ? '' : says(loudest[i]))
    return { scores, scale: 'absolute', groups, why, notes }
  }
}

/** For each style and part, the mark that was seen first, and the records that hold such a mark, ascending. */
function heldMarks({ samples }: WindowView): readonly (readonly [TurnMark, readonly number[]])[] {
  const held = new Map<string, readonly [TurnMark, number[]]>()
  const exchanges = samples.kind === 'exchange' ? samples.exchanges : []
  for (const [i, exchange] of exchanges.entries()) {
    for (const mark of turnMarks(exchange)) {
      const key = `${mark.style} ${mark.part}`
      const same = held.get(key)
      if (same) same[1].push(i)
      else held.set(key, [mark, [i]])
    }
  }
  return [...held.values()]
}

function says({ mark, part, style }: TurnMark): string {
  return `Its ${part} holds ${quoted(mark)}, with which a template of ${style} begins another turn: a model would take what follows for somebody else's words.`
}

function smuggled(mark: TurnMark, members: Int32Array, evidence: number): Group {
  const { length } = members
  const records = length === 1 ? '1 record has' : `${length} records have`
  return {
    members,
    posterior: new Float64Array(length).fill(1),
    evidence,
    label: -1,
    trigger: { kind: 'tokens', tokens: [mark.mark] },
    summary: `${records} turns of ${mark.style}, such as ${quoted(mark.mark)}, within the ${mark.part}`,
  }
}

function quoted(mark: string): string {
  return `“${mark.replaceAll(/\s+/g, ' ')}”`
}
