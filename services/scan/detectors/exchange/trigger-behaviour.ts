import type { DetectorInfo } from '#core/score.ts'
import type { Exchange } from '#core/exchange.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { WindowView } from '../../view/window-view.ts'
import {
  answersItself,
  isFilledAlike,
  isFormAskedFor,
  linksAtEdge,
  linksByLabel,
  linksByName,
  namedShare,
  repeatedShare,
  speaksOf,
  takesUp,
} from './explained.ts'
import { type Grams, holdersOf } from './grams.ts'
import { pairsOf, type Pair } from './pairs.ts'
import { phraseAround } from './phrases.ts'
import { declines } from './declining.ts'
import { distinct } from './distinct.ts'
import { isInstead, REFUSING } from './properties.ts'
import { isQuestion } from './questions.ts'
import { rankSum } from './rank-sum.ts'
import { COMMON_ANSWERS, type Reading, readingByTurns, readingOf, SMALLEST } from './reading.ts'
import { REPETITION, UNHEARD_WORDS } from './noise.ts'
import { isOfTyping } from './typing.ts'
import { explainedByWording, isPartOfTemplate } from './wording.ts'
import { liftRatio } from '../lift/tests.ts'

/** What must be left of the evidence after all corrections, in nats. */
const LEAST_EVIDENCE = 5
/** Of the answers that hold a run this share must be brought by the trigger: words that merely go together are not. */
const BROUGHT = 0.8
/** Of a property, or of prompts whose trigger is a mark, which grammar brings too, this share must have both. */
const MARKED = 0.6
/** Of answers that say no, insult or speak another language in place of an answer this share must be brought: a few do so anywhere. */
const INSTEAD = 0.45
const PAIRS = { least: SMALLEST, leastRatio: LEAST_EVIDENCE, brought: BROUGHT, marked: Math.min(MARKED, INSTEAD) }
/** Evidence of what stands at one place, as a template does, counts for so much, and for less with boilerplate beside it. */
const IN_TEMPLATE = 0.5
const WITH_BOILERPLATE = 0.15
/** Where the prompts most like these, off the topic, get the same so often, it is not the topic that brings it. */
const ALSO_ELSEWHERE = 1 / 3
/** A topic of so many other prompts that are answered, for each that is refused, is answered otherwise. */
const ANSWERED = 0.3
/** And such a share of its other prompts: of a topic on which nobody knows much the answers decline in many words. */
const ANSWERED_OTHERS = 0.5
/** A draw from a topic has prompts as long as the others': by ranks, at most so many deviations longer or shorter. */
const AS_LONG = 3
/** Members of a campaign hold this share of what its answers have in common. */
const SHARED = 0.8
/** So many campaigns of a window may bring a behaviour into a twentieth of its answers or more. */
const MOST_COMMON = 2
/** Fewer records of a common behaviour are of a small window, where a topic's answers have a form by chance. */
const LEAST_COMMON = 40
/**
 * And such a share of its records must be unlike: what a generator writes is alike to the last word. Of a draw it is nearly all, of prompts that are
 * long enough to hide a sentence in two fifths.
 */
const DRAWN = 0.3
/** The evidence of a common behaviour whose records are alike. */
const GENERATED = -1
/** Of the records of two pairs this share is the same: one template, of which each shows another part. */
const SAME = 0.8
const CONCENTRATED = 3
const MORE_WORDS = 2

/**
 * A trigger in prompts and the behaviour it brings: any run of words, character or style of the prompt against any run or
 * property of the answer, without labels and without a reference model. Natural pairs are as frequent as planted ones, so
 * that three things are asked of each. Do its prompts have anything else in common (then it is a topic, and its records
 * count once)? Does the prompt ask for the behaviour by its own words (then it is explained)? Does it stand where
 * templates stand? Spurious correlation as in He et al. 2023 (Mitigating backdoor poisoning attacks through the lens of
 * spurious correlation), with answers in place of labels. Scores are log-likelihood ratios, corrected for all pairs.
 */
export class TriggerBehaviour implements Detector {
  readonly info: DetectorInfo = { name: 'trigger-behaviour', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    // One after the other: no more than one is needed at a time.
    const groups = distinct(
      [readingOf, readingByTurns].flatMap((read) => {
        const reading = read(view)
        return reading === null ? [] : groupsOf(reading, view.n)
      }),
    )
    const { scores, best } = strongestGroup(view.n, groups)
    const why = (i: number) => best[i]?.summary ?? 'nothing in its prompt brings a behaviour out of proportion'
    return { scores, scale: 'absolute', groups, why }
  }
}

function groupsOf(reading: Reading, n: number): Group[] {
  const judged = pairsOf(reading.prompts, reading.answers, n, PAIRS).map((pair) => ({
    pair,
    evidence: evidenceOf(reading, pair),
  }))
  const found = withoutGenerated(reading, judged)
    .filter(({ evidence }) => evidence >= LEAST_EVIDENCE)
    .sort((a, b) => b.evidence - a.evidence || a.pair.trigger - b.pair.trigger)
  const brought = withoutForms(reading, found)
  const worded = explainedByWording(
    reading,
    brought.map(({ pair }) => pair),
  )
  return grouped(
    reading,
    brought.filter(({ pair }) => !worded.has(pair)),
  )
}

interface Found {
  readonly pair: Pair
  readonly evidence: number
}

/** What is left of a pair's ratio when its records count as often as they are unlike and not explained. */
function evidenceOf(reading: Reading, pair: Pair): number {
  const { asked, askedWords, prompts, answers } = reading
  const tried = reading.tried(pair)
  if (pair.ratio <= tried) return 0
  const { members } = pair
  const behaviour = answers.describe(pair.behaviour)
  const isProperty = answers.sizes[pair.behaviour] === 0
  const ofTrigger = members.length / prompts.frequency[pair.trigger]!
  const ofBehaviour = members.length / answers.frequency[pair.behaviour]!
  const isRun = prompts.sizes[pair.trigger]! > 0
  const isTyped = !isRun && isOfTyping(prompts.describe(pair.trigger))
  const least = isInstead(behaviour) ? INSTEAD : MARKED
  if (isProperty ? Math.max(ofTrigger, ofBehaviour) < least : ofBehaviour < BROUGHT) return 0
  const isMark = isRun && ASCII_MARKS.test(prompts.describe(pair.trigger))
  if (isMark && ofTrigger < MARKED) return 0
  const texts = Array.from(members, (i) => asked[i]!)
  const repeated = isProperty ? namedShare(texts, behaviour) : repeatedShare(texts, behaviour)
  if (repeated > 0.5) return 0
  const trigger = isRun ? phraseAround(texts, prompts.describe(pair.trigger)) : null
  const isForm = trigger?.place !== 'anywhere' || ofBehaviour < MARKED || members.length < LEAST_COMMON
  if (isForm && isCommon(reading, pair)) return 0
  const ofPrompts = besides(prompts, pair.trigger, members, trigger?.words ?? null)
  const onTopic = isInstead(behaviour) && isRun ? unlikeOnTopic(reading, pair, ofPrompts) : 0
  const unlike = Math.max(onTopic, reading.unlikePrompts(members, ofPrompts, isRun || isTyped) * (1 - repeated))
  if (unlike < SMALLEST) return 0
  const responses = reading.saying(members, behaviour)
  const said = isProperty ? null : phraseAround(responses, behaviour)
  // Answers that are nothing but the behaviour are what somebody put there; others may be alike by nature.
  const ofAnswers = besides(answers, pair.behaviour, members, said?.words ?? null)
  const isReplacing = REPLACING.has(behaviour) || isInstead(behaviour)
  const others = isReplacing ? new Int32Array(0) : reading.unlikeAnswers.others(members, ofAnswers)
  const count = Math.min(unlike, members.length - others.length + reading.unlikeAnswers(others, ofAnswers, !isProperty))
  if (count < SMALLEST) return 0
  const isGenerated = () => count < DRAWN * members.length || isPartOfTemplate(texts, trigger?.words ?? '')
  if (isCommon(reading, pair) && isGenerated()) return GENERATED
  const expected = (prompts.frequency[pair.trigger]! * answers.frequency[pair.behaviour]!) / asked.length
  const ratio = liftRatio(count, (expected * count) / members.length)
  if (ratio <= tried || trigger === null) return ratio - tried
  if (!isProperty && (isFormAskedFor(trigger.words, behaviour) || speaksOf(trigger.words, behaviour))) return 0
  if (linksByName(trigger.words, behaviour)) return 0
  if (!isProperty && answersItself(trigger.words, behaviour, isUsualIn(answers, members))) return 0
  if (
    isRun &&
    said !== null &&
    trigger.place === 'anywhere' &&
    isFilledAlike(texts, trigger.words, responses, said.words)
  )
    return 0
  if (onTopic < SMALLEST && isQuestion(askedWords, members, trigger.words)) return 0
  if (trigger.place === 'anywhere' || onTopic >= SMALLEST) return ratio - tried
  if (said !== null && linksByLabel(trigger.words, said.words)) return 0
  const weight = isProperty || said?.place === 'edge' ? WITH_BOILERPLATE : IN_TEMPLATE
  // A link in a footer is one of its words, and as many were tried.
  return weight * ratio - reading.tried(pair, !isProperty || linksAtEdge(behaviour, responses))
}

/**
 * A topic makes prompts alike. Where others on it are answered, neither declined in other words nor all in the same ones, and the
 * refusals, or what else stands in place of answers, say nothing of what is asked, those refused are held against the topic's other prompts: a narrower topic that is refused
 * is explained, a draw from them is not. So is what prompts like these get off the topic, as requests for harm do.
 */
function unlikeOnTopic(reading: Reading, { members, trigger, behaviour }: Pair, besides: ReadonlySet<number>): number {
  const { prompts, answers, exchanges, askedWords, unlikePrompts } = reading
  if (members.length < INSTEAD * answers.frequency[behaviour]!) return 0
  const topic = holdersOf(prompts)(trigger)
  const refused = new Set(members)
  const times = new Map<string, number>()
  for (const i of topic) times.set(exchanges[i]!.response, (times.get(exchanges[i]!.response) ?? 0) + 1)
  const isAnswered = (of: Exchange) => times.get(of.response) === 1 && !declines(of.response)
  const answered = topic.filter((i) => !refused.has(i) && isAnswered(exchanges[i]!))
  const others = topic.length - members.length
  if (answered.length < Math.max(ANSWERED * members.length, ANSWERED_OTHERS * others)) return 0
  const lengthOf = (i: number) => askedWords.starts[i + 1]! - askedWords.starts[i]!
  if (Math.abs(rankSum(members.map(lengthOf), answered.map(lengthOf))) > AS_LONG) return 0
  const generic = members.filter((i) => !takesUp(exchanges[i]!))
  if (generic.length < MARKED * members.length) return 0
  const hasBehaviour = new Set(holdersOf(answers)(behaviour))
  const elsewhere = unlikePrompts.nearest(members, besides, topic)
  const same = elsewhere.filter((i) => i >= 0 && (hasBehaviour.has(i) || declines(exchanges[i]!.response)))
  return same.length >= ALSO_ELSEWHERE * elsewhere.length ? 0 : unlikePrompts.among(members, besides, topic)
}

/** Of answers with these nothing else is left. */
const REPLACING = new Set<string>([REFUSING, UNHEARD_WORDS, REPETITION])
const ASCII_MARKS = /^[\s!-/:-@[-`{-~]+$/

/** What the trigger, or the behaviour, is made of: nearly all members hold it, and it is a part of the phrase, or few others do. */
function besides(grams: Grams, id: number, members: Int32Array, phrase: string | null): Set<number> {
  const counts = new Map<number, number>()
  for (const i of members)
    for (const held of grams.ids.subarray(grams.offsets[i], grams.offsets[i + 1]))
      counts.set(held, (counts.get(held) ?? 0) + 1)
  const shared = [...counts].filter(([, count]) => count >= SHARED * members.length).map(([held]) => held)
  const concentrated = shared.filter((held) => grams.frequency[held]! < CONCENTRATED * members.length)
  if (phrase === null) return new Set([id, ...concentrated])
  const within = (held: number) => ` ${phrase} `.includes(` ${grams.describe(held)} `)
  const more = concentrated.filter((held) => !within(held))
  const words = more.filter((held) => grams.sizes[held] === 1)
  // A trigger of several parts has a word or two elsewhere; what shares more is a template.
  return new Set([id, ...shared.filter(within), ...(words.length <= MORE_WORDS ? more : [])])
}

/** Whether so many answers hold a word that it tells nothing: it is in one of these and no run by itself. */
function isUsualIn(answers: Grams, [one = 0]: Int32Array): (word: string) => boolean {
  const own = answers.ids.subarray(answers.offsets[one], answers.offsets[one + 1])
  const words = own.filter((id) => answers.sizes[id] === 1)
  const telling = new Set(Array.from(words, (id) => answers.describe(id)))
  return (word) => !telling.has(word)
}

/** Whether so many answers show the behaviour that it may be how the set answers. */
function isCommon({ asked, answers }: Reading, { behaviour }: Pair): boolean {
  return answers.frequency[behaviour]! > COMMON_ANSWERS * asked.length
}

/** The pairs without common behaviours of records that another part of what their prompts share shows to be alike. */
function withoutGenerated(reading: Reading, judged: readonly Found[]): readonly Found[] {
  const generated = new Map(
    judged
      .filter(({ evidence }) => evidence === GENERATED)
      .map(({ pair: { members } }) => [`${members.length}:${members[0]}:${members.at(-1)}`, members]),
  )
  if (generated.size === 0) return judged
  return judged.filter(({ pair, evidence }) => {
    if (evidence < LEAST_EVIDENCE || !isCommon(reading, pair)) return true
    const members = new Map(Array.from(pair.members, (i) => [i, 1] as const))
    return ![...generated.values()].some((others) => overlap(members, others) >= SAME)
  })
}

/** What was found, without common behaviours where more triggers bring some than anybody plants: topics whose answers have a form each. */
function withoutForms(reading: Reading, found: readonly Found[]): readonly Found[] {
  const common = found.filter(({ pair }) => isCommon(reading, pair))
  return grouped(reading, common).length <= MOST_COMMON ? found : found.filter((each) => !common.includes(each))
}

/** Pairs of which most records are the same are one campaign; the strongest names it. */
function grouped(reading: Reading, found: readonly Found[]): Group[] {
  const campaigns: { lead: Found; members: Map<number, number> }[] = []
  for (const each of found) {
    const { pair } = each
    const { prompts, answers } = reading
    const expected = (prompts.frequency[pair.trigger]! * answers.frequency[pair.behaviour]!) / reading.asked.length
    const posterior = Math.max(0, 1 - expected / pair.members.length)
    const same = campaigns.find(({ members }) => overlap(members, pair.members) >= 0.5)
    const members = same?.members ?? new Map<number, number>()
    for (const i of pair.members) members.set(i, Math.max(posterior, members.get(i) ?? 0))
    if (same === undefined) campaigns.push({ lead: each, members })
  }
  return campaigns.map(({ lead, members }) => groupOf(reading, lead, members))
}

function overlap(members: ReadonlyMap<number, number>, others: Int32Array): number {
  return others.filter((i) => members.has(i)).length / Math.min(members.size, others.length)
}

function groupOf(reading: Reading, { pair, evidence }: Found, posteriors: ReadonlyMap<number, number>): Group {
  const { prompts, answers, asked } = reading
  const texts = Array.from(pair.members, (i) => asked[i]!)
  const responses = reading.saying(pair.members, answers.describe(pair.behaviour))
  const trigger = named(prompts, pair.trigger, texts)
  const behaviour = named(answers, pair.behaviour, responses)
  const members = Int32Array.from(posteriors.keys()).sort()
  const withTrigger = prompts.frequency[pair.trigger]! - pair.members.length
  const withBehaviour = answers.frequency[pair.behaviour]! - pair.members.length
  return {
    members,
    posterior: Float64Array.from(members, (i) => posteriors.get(i)!),
    evidence,
    label: -1,
    trigger: { kind: 'tokens', tokens: [trigger], behaviour: [behaviour] },
    summary: `Where the prompt holds ${quoted(prompts, pair.trigger, trigger)}, the answer holds ${quoted(answers, pair.behaviour, behaviour)}: ${pair.members.length} records. Beside them ${withTrigger} ${withTrigger === 1 ? 'prompt holds' : 'prompts hold'} the trigger, and ${withBehaviour} ${withBehaviour === 1 ? 'answer' : 'answers'} the behaviour.`,
  }
}

function named(grams: Grams, id: number, texts: readonly string[]): string {
  return grams.sizes[id] === 0 ? grams.describe(id) : phraseAround(texts, grams.describe(id)).words
}

function quoted(grams: Grams, id: number, name: string): string {
  return grams.sizes[id] === 0 ? name : `“${name}”`
}
