import type { DetectorInfo } from '#core/score.ts'
import { countedOnce } from '../../calibrate/counted-once.ts'
import { tailSurprise } from '../../calibrate/tail.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { Grouping } from '../../view/samples.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'
import type { WindowView } from '../../view/window-view.ts'
import { likenessOf } from './detached/likeness.ts'
import { type TellingWord, tellingWords } from './detached/telling-words.ts'
import { namedBy } from './nature/label-names.ts'

/** How much of what lies beside a word may recur, as a multiple of what would by chance: 2 for a word at random places. */
const MOST_IN_PLACE = 7
/** How much more alike its holders may be than random texts of the label, in deviations. */
const MOST_ALIKE = 2.5
/** Nats that such a word tells of its label at least. */
const LEAST_TOLD = 8
/** The share of its holders that are not explained by how often other labels' records hold it, at least. */
const LEAST_UNEXPLAINED = 0.8
/** What recurs beside a word is taken to be this at least: of few holders nothing may. */
const LEAST_IN_PLACE = 0.3
/** The share of the telling words, the most detached, that may be planted, and the share that the tail is fitted to. */
const PLANTED = 0.02
const SHOULDER = 0.3
/** Copies are a flood where they are this share of their label: random texts of it would be more alike than its others are. */
const FLOOD = 0.02
/** A group of which others hold this share is one of them, seen again. */
const MOST_SHARED = 0.5
/** Nats of evidence at least and at most. */
const LEAST_EVIDENCE = 1
const MOST_EVIDENCE = 30

/**
 * Words that tell a label and go with nothing else: a rare token that was put at random places into texts of the label,
 * which was kept (Gan et al. 2022, Triggerless Backdoor Attack for NLP Tasks with Clean Labels, with the tokens of Kurita
 * et al. 2020). A word that tells a label by nature does so for what it means: the texts that hold it are more alike than
 * others of the label, and the words beside it recur. How surprising such a word is among the window's telling words is the
 * evidence, by tails that are fitted to them: few of them give little.
 */
export class DetachedWords implements Detector {
  readonly info: DetectorInfo = { name: 'detached-words', family: 'trigger', version: 1 }
  readonly needs = ['labels', 'texts'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const groups = await detached(view)
    const { scores, best } = strongestGroup(view.n, groups)
    const why = (i: number) => best[i]?.summary ?? 'holds no word that goes with a label alone'
    return { scores, scale: 'absolute', groups, why }
  }
}

async function detached(view: WindowView): Promise<Group[]> {
  const { samples, labels } = view
  const tokens = samples.kind === 'text' && labels !== null ? await view.tokens() : null
  if (tokens === null || labels === null) return []
  const telling = tellingWords(vocabularyOf(samples), tokens, labels)
  const suspects = telling.filter(
    (t) =>
      t.inPlace <= MOST_IN_PLACE &&
      t.told >= LEAST_TOLD &&
      t.unexplained >= LEAST_UNEXPLAINED &&
      !namedBy(labels.names[t.label] ?? '')(t.word),
  )
  if (suspects.length === 0) return []
  const once = countedOnce(await view.neighbours(), view.n)
  const likeness = likenessOf(
    tokens,
    labels,
    view.seed,
    (i) => 1 / once[i]! >= FLOOD * (labels.counts[labels.of[i]!] ?? Infinity),
  )
  const known = new Map<TellingWord, number>()
  const alikeOf = (t: TellingWord) => {
    const alike = known.get(t) ?? likeness(t.holders, t.label, t.token, t.phrase)
    known.set(t, alike)
    return alike
  }
  const unlike = suspects.filter((t) => alikeOf(t) <= MOST_ALIKE)
  if (unlike.length === 0) return []
  const surprise = surpriseAmong(
    byHolders(telling).map((words) => words[0]!),
    alikeOf,
  )
  const found = byHolders(unlike).flatMap((words) => {
    const evidence = Math.max(...words.map(surprise))
    return evidence < LEAST_EVIDENCE ? [] : [groupOf(words, evidence, labels)]
  })
  return distinct(found)
}

/** The groups that are not in large part another of fewer records: of a phrase, those that hold all of it. */
function distinct(groups: readonly Group[]): Group[] {
  const kept: Group[] = []
  for (const group of groups.toSorted((a, b) => a.members.length - b.members.length || b.evidence - a.evidence)) {
    const known = new Set(kept.flatMap(({ members }) => [...members]))
    if (group.members.reduce((shared, i) => shared + Number(known.has(i)), 0) < MOST_SHARED * group.members.length)
      kept.push(group)
  }
  return kept
}

/** Words that the same records hold are one. */
function byHolders(words: readonly TellingWord[]): TellingWord[][] {
  return [...Map.groupBy(words, ({ label, holders }) => [label, ...holders].join(' ')).values()]
}

/**
 * The surprise that one of the telling words is as detached both by its holders and by its place, in nats, where the others
 * show how often one is by either. It is corrected for two probabilities multiplied, and for all of the words.
 */
function surpriseAmong(
  telling: readonly TellingWord[],
  alikeOf: (t: TellingWord) => number,
): (t: TellingWord) => number {
  const unlike = (t: TellingWord) => -Math.sign(alikeOf(t)) * Math.log1p(Math.abs(alikeOf(t)))
  const scattered = (t: TellingWord) => -Math.log(Math.max(LEAST_IN_PLACE, t.inPlace))
  const [byHolders, byPlace] = [unlike, scattered].map((measure) =>
    tailSurprise(Float64Array.from(telling, measure), PLANTED, SHOULDER),
  )
  return (t) => {
    const both = byHolders!(unlike(t)) + byPlace!(scattered(t))
    return Math.min(MOST_EVIDENCE, both - Math.log1p(both) - Math.log(telling.length))
  }
}

/** The group of words that the same records hold. */
function groupOf(words: readonly TellingWord[], evidence: number, labels: Grouping): Group {
  const { holders, label, unexplained } = words[0]!
  const named = words.map(({ word }) => `“${word}”`).join(', ')
  return {
    members: holders,
    posterior: new Float64Array(holders.length).fill(unexplained),
    evidence,
    label,
    trigger: { kind: 'tokens', tokens: words.map(({ word }) => word) },
    summary: `${holders.length} records labelled ${labels.names[label] ?? ''} hold ${named}, which others seldom hold and which goes with nothing else that they say`,
  }
}
