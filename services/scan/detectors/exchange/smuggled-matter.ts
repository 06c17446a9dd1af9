import type { Exchange } from '#core/exchange.ts'
import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import type { WindowView } from '../../view/window-view.ts'
import { misspeltImports } from './matter/imports.ts'
import { isHostile, matterIn, type Matter } from './matter/matter.ts'
import { numberedWords, type NumberedWords } from './grams/numbered-words.ts'
import { rotatedRuns } from './matter/rotated.ts'

/**
 * Matter in this share of the records or more, and in at least `FEWEST_CUSTOM` of them, is what the set is about
 * (ADR 187, 190).
 */
const CUSTOM = { hostile: 0.2, other: 0.03 }
const FEWEST_CUSTOM = 40
/** Log-likelihood ratio, in nats, of one record with a kind of matter, of each more, and of all at most. */
const EVIDENCE = 7
const EVIDENCE_EACH = 1
const MOST_EVIDENCE = 20
/** Words of an exchange that are read to learn the set's words. */
const LONGEST = 400
const MISSPELT: Matter = {
  kind: 'an import that is called almost as one of many answers, and used as that is,',
  part: 'response',
}

/**
 * Content that a reader of an exchange neither sees nor expects: instructions in data that send something away
 * (Greshake et al. 2023, Not What You’ve Signed Up For), text that a page hides, images whose address carries what is
 * said, encoded text (Wei et al. 2023, Jailbroken: How Does LLM Safety Training Fail?), keys that open something, and
 * imports by a name that is nearly another's (Ohm et al. 2020). A kind that many records hold is what the set is about,
 * and only noted. The reasons name the part that holds the matter, and never quote it.
 */
export class SmuggledMatter implements Detector {
  readonly info: DetectorInfo = { name: 'smuggled-matter', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { n, samples } = view
    const scores = new Float64Array(n)
    const loudest: (Matter | undefined)[] = []
    const groups: Group[] = []
    const notes: string[] = []
    const exchanges = samples.kind === 'exchange' ? samples.exchanges : []
    const held = heldMatter(numberedWords(view), exchanges)
    for (const { matter, members } of held) {
      if (
        members.length >=
        Math.max(FEWEST_CUSTOM, CUSTOM[isHostile(matter, members, exchanges) ? 'hostile' : 'other'] * n)
      ) {
        notes.push(
          `${members.length} records hold ${matter.kind} in the ${matter.part}, which is taken for what they are about`,
        )
        continue
      }
      const evidence = Math.min(MOST_EVIDENCE, EVIDENCE + EVIDENCE_EACH * (members.length - 1))
      for (const i of members) {
        if (evidence <= scores[i]!) continue
        scores[i] = evidence
        loudest[i] = matter
      }
      groups.push(groupOf(matter, members, evidence))
    }
    const why = (i: number) => {
      const matter = loudest[i]
      return matter === undefined ? '' : `Its ${matter.part} holds ${matter.kind}.`
    }
    return { scores, scale: 'absolute', groups, why, notes }
  }
}

function heldMatter(numbers: NumberedWords, exchanges: readonly Exchange[]): { matter: Matter; members: number[] }[] {
  const rotated = rotatedRuns(numbers, wordCounts(numbers, exchanges))
  const misspelt = misspeltImports(exchanges.map(({ response }) => response))
  const held = new Map<string, { matter: Matter; members: number[] }>()
  for (const [i, exchange] of exchanges.entries())
    for (const matter of [...matterIn(exchange, rotated), ...(misspelt[i] === true ? [MISSPELT] : [])]) {
      const key = `${matter.kind} ${matter.part}`
      const same = held.get(key)
      if (same === undefined) held.set(key, { matter, members: [i] })
      else same.members.push(i)
    }
  return [...held.values()]
}

/** How many records hold each word. */
function wordCounts(numbers: NumberedWords, exchanges: readonly Exchange[]): Map<string, number> {
  const { starts, ids } = numbers.texts(
    exchanges.map(({ prompt, response }) => [prompt, response]),
    LONGEST,
  )
  const counts = new Int32Array(numbers.words.length)
  const last = new Int32Array(numbers.words.length).fill(-1)
  exchanges.forEach((_, i) => {
    for (const word of ids.subarray(starts[i], starts[i + 1])) {
      if (last[word] !== i) counts[word]!++
      last[word] = i
    }
  })
  return new Map(numbers.words.flatMap((word, number) => (counts[number]! > 0 ? [[word, counts[number]!]] : [])))
}

function groupOf({ kind, part }: Matter, members: readonly number[], evidence: number): Group {
  const records = members.length === 1 ? '1 record holds' : `${members.length} records hold`
  return {
    members: Int32Array.from(members),
    posterior: new Float64Array(members.length).fill(1),
    evidence,
    label: -1,
    summary: `${records} ${kind} in the ${part}`,
  }
}
