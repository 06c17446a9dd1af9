import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import type { WindowView } from '../../view/window-view.ts'
import { distinct } from './evidence/distinct.ts'
import { repeatedShare } from './evidence/explained.ts'
import { holdersOf, holdsRun, wordsOf, type Grams } from './grams/grams.ts'
import { phraseAround } from './grams/phrases.ts'
import { isPartOfSentence, isPartOfTemplate } from './evidence/wording.ts'
import { areInOtherWords } from './evidence/translations.ts'
import { COMMON_ANSWERS, type Reading, readingByTurns, readingOf, SMALLEST } from './reading/reading.ts'

/**
 * A whole is at least this many runs, of `RUN` words each, that the same answers and no others hold: it is never
 * varied.
 */
const FEWEST_RUNS = 4
const RUN = 4
/** Words that a payload must have, signs not counted. */
const FEWEST_WORDS = 7
const WORD = /^\p{L}[\p{L}\p{M}]+$/u
/** Where more than a third is signs it is a header, or a line of code that is usual. */
const PROSE = 2 / 3
/** A phrase that begins or ends more than this share of its answers is boilerplate. */
const AT_EDGES = 0.6
/**
 * Nats for each unlike answer beyond the number that language reaches by itself, which is `BY_ITSELF`, or more in a
 * window of many wholes.
 */
const EACH = 2
const BY_ITSELF = 3
/**
 * Prompts on a topic, for each record with the payload, that are needed to compare the answers with this topic alone.
 */
const TOPIC = 3
/** Share of the members' answers, and of their prompts, that must be as unlike as a random draw from the topic. */
const DRAWN = 0.75
/**
 * Share of a topic's answers in which the payload must follow a word: signatures and repeated remarks begin after a
 * sign.
 */
const INTERRUPTING = 0.5
/** Topics that are tried, the narrowest first. */
const TOPICS = 2
/** Unlike answers on a topic that must hold a name for it to be a payload. */
const FEWEST_NAMED = 8
const NAME = /^\p{L}[\p{L}\p{M}]{3,}$/u
const WORDS = /^[\p{L}\p{M} ]+$/u
/** More wholes than somebody would plant are how the set is made. */
const MOST_PLANTED = 6

/**
 * A fixed payload within answers that have nothing else in common, whatever the prompts hold: a sentence is put into
 * them unchanged. Natural repetition differs. A formula of a language is varied, so that its parts stand in more
 * answers than the whole; boilerplate stands at an edge; copies share more than the sentence; and a sentence from the
 * prompt is explained by it. Answers on one topic are alike, so that they need only be as unlike as a random draw from
 * that topic; a sentence that belongs to a part of the topic stands in a narrower one. Compact families of responses as
 * in Chen et al. 2025 (RFTC), without a reference model. Scores are nats, by how many unlike answers hold the payload.
 */
export class FixedPayloads implements Detector {
  readonly info: DetectorInfo = { name: 'fixed-payloads', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const scores = new Float64Array(view.n)
    const readings = [readingOf(view), readingByTurns(view)].filter((reading) => reading !== null)
    const found = readings.flatMap((reading) => [
      foundIn(payloadsOf(reading)),
      // Of answers in another language the topic's own name is one.
      ...(areInOtherWords(reading.prompts, reading.answers) ? [] : [foundIn(namesOf(reading), 'names')]),
    ])
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

/** The payloads in more unlike answers than wholes, or names, reach by themselves in this reading. */
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
  /** How many unlike answers the members count as. */
  readonly unlike: number
  /** The words that all their prompts hold, where the answers are unlike only compared with others on this topic. */
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
 * Names that only answers on one topic hold, and no prompt: an advertisement in other words each time. A topic's own
 * names are different: a prompt asks for them, or they belong to a narrower topic, to a fixed sentence, or to an edge
 * of the answers, where lists and signatures stand.
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
        asked.filter((text) => holdsRun(text, on.topic!)),
        on.topic!,
      ).place === 'edge'
    if (on === null || isLabel || on.unlike < FEWEST_NAMED) return []
    return [{ phrase: said.words, words: said.words.split(' ').length, members, ...on }]
  })
  return found.filter((each, at) => found.findIndex(({ phrase }) => phrase === each.phrase) === at)
}

/** The grams that all of these answers hold and that are a part of the phrase. */
function sharedWithin(answers: Grams, members: Int32Array, phrase: string): Set<number> {
  const counts = new Map<number, number>()
  for (const i of members)
    for (const id of answers.ids.subarray(answers.offsets[i], answers.offsets[i + 1]))
      counts.set(id, (counts.get(id) ?? 0) + 1)
  const shared = [...counts].filter(([, count]) => count === members.length).map(([id]) => id)
  return new Set(shared.filter((id) => ` ${phrase} `.includes(` ${answers.describe(id)} `)))
}

/**
 * How many unlike answers the largest whole of this window reaches without being planted. Where there are many wholes,
 * their number falls as a power of their size (Hill 1975, A Simple General Approach to Inference About the Tail of a
 * Distribution).
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

/** The words before the phrase and after it, in each answer that holds more than the phrase. */
function around(responses: readonly string[], phrase: string): (readonly [string, string])[] {
  return responses
    .map((response) => {
      const text = ` ${wordsOf(response).join(' ')} `
      const at = text.indexOf(` ${phrase} `)
      return [text.slice(0, at).trim(), text.slice(at + phrase.length + 2).trim()] as const
    })
    .filter(([before, after]) => before !== '' || after !== '')
}

/** One run of each whole: the runs that stand in exactly the same answers, where there are at least `FEWEST_RUNS`. */
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
  // A topic's own sentence goes on beyond the word that is filled in: “for each RULE object, you specify …”.
  const isPut = interrupts && !isPartOfTemplate(responses, said.words)
  const onTopic = isPut ? drawnFromTopic(reading, asking, members, others, within) : null
  if (onTopic !== null && onTopic.unlike > unlike) return { ...found, ...onTopic }
  if (unlike < SMALLEST - 1 || unlikePrompts(members, new Set(), false) < BY_ITSELF) return null
  return { ...found, unlike, topic: null }
}

/**
 * The topic that all members are on, and how many unlike answers they count as there, where their answers and their
 * prompts are as unlike as a random draw from it; null where there is no such topic.
 */
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
