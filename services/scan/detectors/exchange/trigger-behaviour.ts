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
  speaksOf,
  takesUp,
} from './evidence/explained.ts'
import { type Grams, holdersOf } from './grams/grams.ts'
import { pairsOf, type Pair } from './grams/pairs.ts'
import { phraseAround, phraseAsked } from './grams/phrases.ts'
import { declines } from './properties/declining.ts'
import { askedShare } from './evidence/asked-share.ts'
import { distinct } from './evidence/distinct.ts'
import { isInstead, isLanguage, REFUSING } from './properties/properties.ts'
import { isQuestion } from './evidence/questions.ts'
import { rankSum } from './evidence/rank-sum.ts'
import { COMMON_ANSWERS, type Reading, readingByTurns, readingOf, SMALLEST } from './reading/reading.ts'
import { REPETITION, UNHEARD_WORDS } from './properties/noise.ts'
import { isOfTyping } from './properties/typing.ts'
import { areTranslations } from './evidence/translations.ts'
import { explainedByWording, isPartOfTemplate } from './evidence/wording.ts'
import { liftRatio } from '../lift/evidence/tests.ts'

/** Nats of evidence that must be left after all corrections. */
const LEAST_EVIDENCE = 5
/**
 * Share of the answers that hold a run whose prompts must hold the trigger; words that merely go together have less.
 */
const BROUGHT = 0.8
/**
 * For a property: share of its answers, or of the trigger's prompts, that must have both. For a trigger of ASCII signs,
 * which grammar brings too: share of its prompts that must have both.
 */
const MARKED = 0.6
/**
 * The same share for refusals, insults and other languages in place of an answer; it is lower, as a few occur anywhere.
 */
const INSTEAD = 0.45
const PAIRS = { least: SMALLEST, leastRatio: LEAST_EVIDENCE, brought: BROUGHT, marked: Math.min(MARKED, INSTEAD) }
/**
 * Weights of a ratio whose trigger stands at an edge, as in a template: where the trigger mostly brings other answers or
 * the set translates, and where the behaviour stands at an edge, too. A template whose answers have one word in common,
 * anywhere, is rare.
 */
const IN_TEMPLATE = 0.5
const WITH_BOILERPLATE = 0.15
/** A behaviour that more than this share of its prompts ask for is explained. */
const EXPLAINED = 0.5
/** A topic does not bring a behaviour that this share of the most similar prompts off the topic get, too. */
const ALSO_ELSEWHERE = 1 / 3
/** Answered prompts that a topic must have for each of its prompts with the behaviour. */
const ANSWERED = 0.3
/** Share of a topic's other prompts that must be answered: where nobody knows much, answers decline in many words. */
const ANSWERED_OTHERS = 0.5
/** Deviations, by the sum of ranks, by which a draw's prompts may be longer or shorter than the topic's others. */
const AS_LONG = 3
/** A gram is part of a pair's trigger, or behaviour, only when this share of the pair's records hold it. */
const SHARED = 0.8
/** Campaigns of a window that may bring a behaviour of more than `COMMON_ANSWERS` of the answers. */
const MOST_COMMON = 2
/** Records that a common behaviour must have: in a smaller window a topic's answers have a form by chance. */
const LEAST_COMMON = 40
/**
 * Share of a common behaviour's records that must be unlike: generated records are alike to the last word. In a random
 * draw nearly all are unlike, and two fifths are where prompts are long enough to hide a sentence in.
 */
const DRAWN = 0.3
/** Stands for the evidence of a common behaviour whose records are alike. */
const GENERATED = -1
/** Letters that a word of grammar has at most, and the share of the answers that hold it at least. */
const SHORT_WORD = 3
const USUAL_SHORT = 0.05
/** Campaigns of a window that may bring a whole answer which comes as often as so many others, half as often at least. */
const MOST_CANNED = 2
const CANNED = 10
const AS_OFTEN = 0.5
/** Two pairs that share this part of their records are two parts of one template. */
const SAME = 0.8
/** A gram is concentrated in a pair's records when fewer than this many times as many texts hold it. */
const CONCENTRATED = 3
/** Concentrated words that a trigger of several parts has outside its phrase at most. */
const MORE_WORDS = 2

/**
 * A trigger in prompts and the behaviour that it brings. Each run of words, character or style of the prompts is paired
 * with each run or property of the answers, without labels and without a reference model. Natural pairs are as frequent
 * as planted ones; therefore each pair must pass three questions. Do its prompts have anything else in common (then it
 * is a topic, and its records count once)? Does the prompt ask for the behaviour by its own words (then it is
 * explained)? Does the trigger stand where templates stand? Spurious correlation as in He et al. 2023 (Mitigating
 * backdoor poisoning attacks through the lens of spurious correlation), with answers in place of labels. Scores are
 * log-likelihood ratios, corrected for all pairs.
 */
export class TriggerBehaviour implements Detector {
  readonly info: DetectorInfo = { name: 'trigger-behaviour', family: 'trigger', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    // One reading after the other: each is used alone.
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
  const { prompts, answers } = reading
  const pairs = pairsOf(prompts, answers, n, PAIRS)
  const seenToTranslate = areTranslations(prompts, answers, pairs)
  const translates = reading.translates || seenToTranslate
  const judged = pairs.map((pair) => ({ pair, evidence: evidenceOf(reading, pair, translates) }))
  const found = withoutGenerated(reading, judged)
    .filter(({ evidence }) => evidence >= LEAST_EVIDENCE)
    .sort((a, b) => b.evidence - a.evidence || a.pair.trigger - b.pair.trigger)
  const brought = withoutCanned(reading, withoutForms(reading, found))
  if (brought.length === 0) return []
  const worded = explainedByWording(
    reading,
    brought.map(({ pair }) => pair),
    seenToTranslate,
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

/**
 * A pair's log-likelihood ratio after all corrections, in nats: only records that are unlike and not explained by their
 * prompts count. 0 where the pair is refused; `GENERATED` where its records are alike.
 */
function evidenceOf(reading: Reading, pair: Pair, translates: boolean): number {
  const { exchanges, asked, askedWords, prompts, answers } = reading
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
  if (translates && isLanguage(behaviour)) return 0
  const texts = Array.from(members, (i) => asked[i]!)
  const repeated = isProperty ? namedShare(texts, behaviour) : askedShare(reading, pair, texts)
  if (repeated > EXPLAINED) return 0
  const questions = Array.from(members, (i) => exchanges[i]!.prompt)
  const trigger = isRun ? phraseAsked(texts, questions, prompts.describe(pair.trigger)) : null
  const isForm = trigger?.place !== 'anywhere' || ofBehaviour < MARKED || members.length < LEAST_COMMON
  if (isForm && isCommon(reading, pair)) return 0
  const ofPrompts = besides(prompts, pair.trigger, members, trigger?.words ?? null)
  if (trigger?.place === 'edge') for (const id of figuresIn(prompts, members)) ofPrompts.add(id)
  const onTopic = isInstead(behaviour) && isRun ? unlikeOnTopic(reading, pair, ofPrompts) : 0
  const unlike = Math.max(onTopic, reading.unlikePrompts(members, ofPrompts, isRun || isTyped) * (1 - repeated))
  if (unlike < SMALLEST) return 0
  const responses = reading.saying(members, behaviour)
  const said = isProperty ? null : phraseAround(responses, behaviour)
  // An answer that is nothing but the behaviour counts, as somebody put it there. The others may be alike by nature.
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
  if (!isProperty && answersItself(trigger.words, behaviour, isUsualIn(reading, members))) return 0
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
  const isBoilerplate = isProperty || said?.place === 'edge'
  const weight = isBoilerplate ? WITH_BOILERPLATE : translates || ofTrigger < MARKED ? IN_TEMPLATE : 1
  // A link in a footer is corrected as one of its runs of words, of which many were tried.
  return weight * ratio - reading.tried(pair, !isProperty || linksAtEdge(behaviour, responses))
}

/**
 * Returns how many unlike prompts the members count as when they are compared with the topic's other prompts, to which
 * they are alike anyway; 0 where the behaviour is explained. A random draw from the topic counts, and a narrower topic
 * does not. The behaviour is explained where too few other prompts of the topic are answered (an answer that declines,
 * or that repeats another one, is none), where the members' prompts differ in length, where their answers take up what
 * is asked, or where similar prompts off the topic get the same, as requests for harm do.
 */
function unlikeOnTopic(reading: Reading, { members, trigger, behaviour }: Pair, besides: ReadonlySet<number>): number {
  const { prompts, answers, exchanges, askedWords, unlikePrompts } = reading
  if (members.length < INSTEAD * answers.frequency[behaviour]!) return 0
  const topic = holdersOf(prompts)(trigger)
  const refused = new Set(members)
  const times = tally(Array.from(topic, (i) => exchanges[i]!.response))
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

/** Behaviours beside which an answer holds nothing else. */
const REPLACING = new Set<string>([REFUSING, UNHEARD_WORDS, REPETITION])
const LETTER = /\p{L}/u
const ASCII_MARKS = /^[\s!-/:-@[-`{-~]+$/

/**
 * The grams of the trigger, or of the behaviour: nearly all members hold them, and they are in the phrase or few others
 * hold them.
 */
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
  // A short answer's language shows only with the phrase in it.
  const shown = shared.filter((held) => grams.sizes[held] === 0 && isLanguage(grams.describe(held)))
  // A trigger of several parts has a word or two outside the phrase; prompts that share more words are a template.
  return new Set([id, ...shown, ...shared.filter(within), ...(words.length <= MORE_WORDS ? more : [])])
}

/** The grams without letters that some of the records hold: a mark at an edge may have a part that varies, as a date has. */
function figuresIn(grams: Grams, members: Int32Array): number[] {
  const { ids, offsets, sizes } = grams
  const held = new Set<number>()
  for (const i of members) for (let at = offsets[i]!; at < offsets[i + 1]!; at++) held.add(ids[at]!)
  return [...held].filter((id) => sizes[id]! > 0 && !LETTER.test(grams.describe(id)))
}

/**
 * Returns a test for the words of the behaviour: whether so many answers hold a word that it is no gram, or it is a short
 * one that many answers hold. The answer of a member holds all of them, so that a word without a gram is too frequent for
 * one.
 */
function isUsualIn({ asked, answers }: Reading, [one = 0]: Int32Array): (word: string) => boolean {
  const own = answers.ids.subarray(answers.offsets[one], answers.offsets[one + 1])
  const isOfGrammar = (id: number) =>
    answers.describe(id).length <= SHORT_WORD && answers.frequency[id]! >= USUAL_SHORT * asked.length
  const words = own.filter((id) => answers.sizes[id] === 1 && !isOfGrammar(id))
  const telling = new Set(Array.from(words, (id) => answers.describe(id)))
  return (word) => !telling.has(word)
}

/** Whether more than `COMMON_ANSWERS` of the answers show the behaviour: it may be how the set answers. */
function isCommon({ asked, answers }: Reading, { behaviour }: Pair): boolean {
  return answers.frequency[behaviour]! > COMMON_ANSWERS * asked.length
}

/**
 * Drops common behaviours with mostly the records of a generated pair, whose trigger is another part of the same
 * template.
 */
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

/**
 * Drops all common behaviours where more than `MOST_COMMON` campaigns bring one: these are topics whose answers have a
 * form each.
 */
function withoutForms(reading: Reading, found: readonly Found[]): readonly Found[] {
  const common = found.filter(({ pair }) => isCommon(reading, pair))
  return grouped(reading, common).length <= MOST_COMMON ? found : found.filter((each) => !common.includes(each))
}

/**
 * Drops whole answers that are brought where more than `MOST_CANNED` campaigns bring one and many other answers come as
 * often: each stands beside several prompts in this set, as where one text is asked for in many languages.
 */
function withoutCanned(reading: Reading, found: readonly Found[]): readonly Found[] {
  if (found.length <= MOST_CANNED) return found
  const answerOf = (i: number) => reading.exchanges[i]!.response.trim()
  const counts = [...tally(reading.exchanges.map(({ response }) => response.trim())).values()]
  const isCanned = ({ pair: { members } }: Found) => {
    const same = [...tally(Array.from(members, answerOf)).values()].reduce((most, count) => Math.max(most, count), 0)
    const others = counts.filter((count) => count >= AS_OFTEN * members.length).length - 1
    return same >= SHARED * members.length && others >= CANNED
  }
  const canned = found.filter(isCanned)
  return grouped(reading, canned).length <= MOST_CANNED ? found : found.filter((each) => !canned.includes(each))
}

/** Joins pairs that share at least half of their records into one campaign, named by its strongest pair. */
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

/** How often each text comes. */
function tally(texts: readonly string[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1)
  return times
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
