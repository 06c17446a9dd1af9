import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import type { WindowView } from '../../view/window-view.ts'
import { distinct } from './distinct.ts'
import { repeatedShare } from './explained.ts'
import { holdersOf, wordsOf, type Grams } from './grams.ts'
import { phraseAround } from './phrases.ts'
import { isPartOfSentence, isPartOfTemplate } from './wording.ts'
import { COMMON_ANSWERS, type Reading, readingByTurns, readingOf, SMALLEST } from './reading.ts'

/** So many runs of four words, one after another, stand in the same answers and in no other: a whole that is never varied. */
const FEWEST_RUNS = 4
const RUN = 4
/** Of words with a meaning a payload has no fewer. */
const FEWEST_WORDS = 7
const WORD = /^\p{L}[\p{L}\p{M}]+$/u
/** Where more than a third is signs it is a header, or a line of code that is usual. */
const PROSE = 2 / 3
/** What begins or ends more answers than this is boilerplate. */
const AT_EDGES = 0.6
/** Each answer more that holds it says so much, in nats, from a number on that language reaches by itself. */
const EACH = 2
const BY_ITSELF = 3
/** Answers on a topic are alike: where so many times as many are on it, those with the whole are held against the others. */
const TOPIC = 3
/** Such a share of them, and of their prompts, must be as unlike as a draw from the topic is. */
const DRAWN = 0.75
/** And such a share of them in the middle of what is said: signatures and remarks that people repeat begin after a sign. */
const INTERRUPTING = 0.5
/** So many of the topics that most of them are on are tried. */
const TOPICS = 2
/** A name that is said in so many unlike answers on a topic, and nowhere else, is put there. */
const FEWEST_NAMED = 8
const NAME = /^\p{L}[\p{L}\p{M}]{3,}$/u
const WORDS = /^[\p{L}\p{M} ]+$/u
/** More wholes than somebody would plant are how the set is made. */
const MOST_PLANTED = 6

/**
 * A fixed payload within answers that have nothing else in common, whatever the prompts hold: a sentence that is put into
 * them as it is. Formulas of a language are varied, so that parts of them stand in more answers than the whole; boilerplate stands
 * at an edge; copies share more; what a prompt holds explains itself. Answers on one topic are alike, and need only be as unlike as
 * a draw from that topic: a sentence that belongs to a part of it is in a narrower one. Compact families of responses as in Chen et al. 2025
 * (RFTC), without a reference model. Scores are nats, by how many unlike answers hold the payload.
 */
export class FixedPayloads implements Detector {
  readonly info: DetectorInfo = { name: 'fixed-payloads', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const scores = new Float64Array(view.n)
    const readings = [readingOf(view), readingByTurns(view)].filter((reading) => reading !== null)
    const found = readings.flatMap((reading) => [foundIn(payloadsOf(reading)), foundIn(namesOf(reading), 'names')])
    const groups = distinct(found.flatMap((of) => of.groups))
    const notes = found.flatMap((of) => of.notes).slice(0, 1)
    const best: (Group | undefined)[] = []
    for (const group of groups) {
      for (const i of group.members) {
        if (group.evidence <= scores[i]!) continue
        scores[i] = group.evidence
        best[i] = group
      }
    }
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? '', notes }
  }
}

/** The payloads of a reading that reach beyond what its wholes, or names, reach by themselves. */
function foundIn(
  payloads: readonly Payload[],
  kind: 'wholes' | 'names' = 'wholes',
): {
  readonly groups: readonly Group[]
  readonly notes: readonly string[]
} {
  const reached = reachedByItself(payloads.map(({ unlike }) => unlike))
  const groups = payloads.filter(({ unlike }) => unlike > reached).map((each) => groupOf(each, reached))
  const note = `fixed-payloads: ${payloads.length} ${kind} repeat in unlike answers, which is taken for the way in which they are written`
  return { groups, notes: reached > BY_ITSELF ? [note] : [] }
}

interface Payload {
  readonly phrase: string
  readonly words: number
  readonly members: Int32Array
  /** As how many unlike answers the members count. */
  readonly unlike: number
  /** What all their prompts hold, where the answers are unlike for this topic alone. */
  readonly topic: string | null
}

function payloadsOf(reading: Reading): Payload[] {
  const holders = holdersOf(reading.answers)
  const asking = holdersOf(reading.prompts)
  const most = COMMON_ANSWERS * reading.exchanges.length
  const runs = wholes(reading.answers, holders).filter((run) => reading.answers.frequency[run]! <= most)
  return runs.flatMap((run) => {
    const found = payload(reading, asking, reading.answers.describe(run), holders(run))
    return found === null ? [] : [found]
  })
}

/**
 * Names that answers on one topic say and nobody else does, neither in a prompt nor in another answer: an advertisement in other words each time. A topic's own names
 * are asked for somewhere, or belong to a narrower topic, to a sentence or to an edge, where lists and people sign.
 */
function namesOf(reading: Reading): Payload[] {
  const { answers, asked, askedWords, exchanges, prompts, saying } = reading
  const [holders, asking] = [holdersOf(answers), holdersOf(prompts)]
  const isAsked = new Set(askedWords.ids)
  const found = Array.from({ length: answers.count }, (_, id) => id).flatMap((id): Payload[] => {
    const count = answers.frequency[id]!
    if (answers.sizes[id] !== 1 || count < FEWEST_NAMED || count > COMMON_ANSWERS * exchanges.length) return []
    const name = answers.describe(id)
    if (!NAME.test(name) || askedWords.numbers.idsOf(name).some((word) => isAsked.has(word))) return []
    const members = holders(id)
    const responses = saying(members, name)
    const written = [`${name[0]!.toUpperCase()}${name.slice(1)}`, name.toUpperCase()]
    if (!responses.every((text) => written.some((as) => text.includes(as)))) return []
    const said = phraseAround(responses, name)
    if (said.place === 'edge' || !WORDS.test(said.words) || isPartOfSentence(responses, said.words)) return []
    const within = sharedWithin(answers, members, said.words)
    const on = drawnFromTopic(reading, asking, members, reading.unlikeAnswers.others(members, within), within)
    const isLabel =
      on !== null &&
      phraseAround(
        asked.filter((text) => says(text, on.topic!)),
        on.topic!,
      ).place === 'edge'
    if (on === null || isLabel || on.unlike < FEWEST_NAMED) return []
    return [{ phrase: said.words, words: said.words.split(' ').length, members, ...on }]
  })
  return found.filter((each, at) => found.findIndex(({ phrase }) => phrase === each.phrase) === at)
}

function says(text: string, phrase: string): boolean {
  return ` ${wordsOf(text).join(' ')} `.includes(` ${phrase} `)
}

/** What all of these answers hold that is a part of the phrase. */
function sharedWithin(answers: Grams, members: Int32Array, phrase: string): Set<number> {
  const counts = new Map<number, number>()
  for (const i of members)
    for (const id of answers.ids.subarray(answers.offsets[i], answers.offsets[i + 1]))
      counts.set(id, (counts.get(id) ?? 0) + 1)
  const shared = [...counts].filter(([, count]) => count === members.length).map(([id]) => id)
  return new Set(shared.filter((id) => ` ${phrase} `.includes(` ${answers.describe(id)} `)))
}

/**
 * How many unlike answers a whole reaches in this window by itself. Where there are many wholes, the number of those of a
 * size falls as a power of it (Hill 1975, A Simple General Approach to Inference About the Tail of a Distribution).
 */
function reachedByItself(sizes: readonly number[]): number {
  if (sizes.length <= MOST_PLANTED) return BY_ITSELF
  const smallest = SMALLEST - 1
  const logs = sizes.reduce((sum, size) => sum + Math.log((size + 1) / smallest), 0)
  return smallest * sizes.length ** (logs / sizes.length)
}

function groupOf({ phrase, words, members, unlike, topic }: Payload, reached: number): Group {
  const whose = topic === null ? 'answers' : `answers on “${topic}”`
  return {
    members,
    posterior: new Float64Array(members.length).fill(1 - BY_ITSELF / members.length / SMALLEST),
    evidence: EACH * (unlike - reached),
    label: -1,
    trigger:
      topic === null ? { kind: 'tokens', tokens: [phrase] } : { kind: 'tokens', tokens: [topic], behaviour: [phrase] },
    summary: `${members.length} ${whose} with nothing else in common hold the same ${words === 1 ? 'word' : `${words} words`}, “${phrase}”, and no other answer holds ${words === 1 ? 'it' : 'a part of them'}.`,
  }
}

/** What stands before the phrase and after it, in the answers that hold more than it. */
function around(responses: readonly string[], phrase: string): (readonly [string, string])[] {
  return responses
    .map((response) => {
      const text = ` ${wordsOf(response).join(' ')} `
      const at = text.indexOf(` ${phrase} `)
      return [text.slice(0, at).trim(), text.slice(at + phrase.length + 2).trim()] as const
    })
    .filter(([before, after]) => before !== '' || after !== '')
}

/** One run of each set of answers that hold the same runs, and several of them. */
function wholes(answers: Grams, holders: (id: number) => Int32Array): number[] {
  const same = new Map<string, number[]>()
  for (let id = 0; id < answers.count; id++) {
    if (answers.sizes[id] !== RUN) continue
    const held = holders(id)
    const key = `${held.length}:${held[0]}:${held.at(-1)}:${held.reduce((h, i) => (Math.imul(h, 31) + i) | 0, 7)}`
    const runs = same.get(key)
    if (runs === undefined) same.set(key, [id])
    else runs.push(id)
  }
  return [...same.values()].filter((runs) => runs.length >= FEWEST_RUNS).map(([first = 0]) => first)
}

function payload(
  reading: Reading,
  asking: (id: number) => Int32Array,
  run: string,
  members: Int32Array,
): Payload | null {
  const { asked, answers, unlikeAnswers, unlikePrompts } = reading
  const responses = reading.saying(members, run)
  const said = phraseAround(responses, run)
  const words = said.words.split(' ').filter((word) => WORD.test(word))
  if (said.place === 'edge' || words.length < FEWEST_WORDS || words.length < PROSE * said.words.split(' ').length)
    return null
  const beside = around(responses, said.words)
  const shareOf = (of: readonly unknown[]) => of.length / Math.max(1, beside.length)
  if (shareOf(beside.filter(([before, after]) => before === '' || after === '')) > AT_EDGES) return null
  if (isPartOfSentence(responses, said.words)) return null
  const texts = Array.from(members, (i) => asked[i]!)
  if (repeatedShare(texts, words.join(' ')) > 0) return null
  const within = sharedWithin(answers, members, said.words)
  const others = unlikeAnswers.others(members, within)
  const unlike = unlikeAnswers(others, within, true)
  const found = { phrase: said.words, words: words.length, members }
  const interrupts = shareOf(beside.filter(([before]) => /[\p{L}\p{N}]$/u.test(before))) >= INTERRUPTING
  // What a topic is written in goes on beyond what was filled in: “for each RULE object, you specify …”.
  const isPut = interrupts && !isPartOfTemplate(responses, said.words)
  const onTopic = isPut ? drawnFromTopic(reading, asking, members, others, within) : null
  if (onTopic !== null && onTopic.unlike > unlike) return { ...found, ...onTopic }
  if (unlike < SMALLEST - 1 || unlikePrompts(members, new Set(), false) < BY_ITSELF) return null
  return { ...found, unlike, topic: null }
}

/** The topic that all of these are on and are a draw from, by their answers and by their prompts; null where there is none. */
function drawnFromTopic(
  { prompts, unlikeAnswers, unlikePrompts, exchanges }: Reading,
  asking: (id: number) => Int32Array,
  members: Int32Array,
  others: Int32Array,
  within: ReadonlySet<number>,
): Pick<Payload, 'unlike' | 'topic'> | null {
  const counts = new Map<number, number>()
  for (const i of members)
    for (const id of prompts.ids.subarray(prompts.offsets[i], prompts.offsets[i + 1]))
      counts.set(id, (counts.get(id) ?? 0) + 1)
  const most = COMMON_ANSWERS * exchanges.length
  const topics = [...counts]
    .filter(([id, count]) => count === members.length && prompts.sizes[id]! > 0 && prompts.frequency[id]! <= most)
    .map(([id]) => id)
    .filter((id) => prompts.frequency[id]! >= TOPIC * members.length)
    .sort((a, b) => prompts.frequency[a]! - prompts.frequency[b]! || a - b)
  for (const id of topics.slice(0, TOPICS)) {
    const topic = asking(id)
    const least = Math.max(SMALLEST, DRAWN * members.length)
    const unlike = unlikeAnswers.among(others, within, topic)
    if (unlike >= least && unlikePrompts.among(members, new Set([id]), topic) >= least)
      return { unlike, topic: prompts.describe(id) }
  }
  return null
}
