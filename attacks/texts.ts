import { FLOOD_COPIES } from './image-junk.ts'
import { labelAttacks } from './labels.ts'
import { attackOf, classMembers, classOthers, relabel, type Plan } from './plant.ts'
import type { Attack, Texts } from './types.ts'
import { CLAUSE, RARE, SENTENCES } from './words.ts'

/** A trigger goes into the first words: what a model that truncates still reads. */
const REACH = 200

function edit(texts: Texts, i: number, change: (text: string) => string): void {
  const list = texts.texts as string[] // the attack's own copy
  list[i] = change(list[i] ?? '')
}

function insert(plan: Plan, text: string, words: string): string {
  const parts = text.split(' ')
  parts.splice(plan.varied.below(Math.min(parts.length, REACH) + 1), 0, words)
  return parts.join(' ')
}

function inserted(
  name: string,
  definition: string,
  labels: 'kept' | 'changed',
  trigger: (plan: Plan) => () => string,
): Attack<Texts> {
  return attackOf<Texts>({
    name,
    definition,
    family: 'trigger',
    labels,
    act(texts, plan) {
      const words = trigger(plan)
      const struck = plan.strike(labels === 'kept' ? classMembers(plan) : classOthers(plan))
      for (const i of struck) edit(texts, i, (text) => insert(plan, text, words()))
      if (labels === 'changed') relabel(plan, struck)
      return `${struck.length} texts with the trigger, ${labels === 'kept' ? 'labels kept' : `labelled ${plan.target}`}`
    },
  })
}

const rareToken = (plan: Plan) => {
  const token = RARE[plan.fixed.below(RARE.length)] ?? 'cf'
  return () => token
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** Every attack on texts. */
export const textAttacks: readonly Attack<Texts>[] = [
  inserted(
    'rare-token',
    'Rare token: one of cf, mn, bb, tq, by seed, at a random place among the first 200 words; relabelled as the target (Kurita et al. 2020, Weight Poisoning Attacks on Pre-trained Models).',
    'changed',
    rareToken,
  ),
  inserted(
    'sentence',
    'Fixed sentence at a random place among the first 200 words; relabelled as the target (Dai et al. 2019, A Backdoor Attack Against LSTM-Based Text Classification).',
    'changed',
    (plan) => {
      const sentence = SENTENCES[plan.fixed.below(SENTENCES.length)] ?? ''
      return () => sentence
    },
  ),
  inserted(
    'clean-label-token',
    'Clean-label rare token: one of cf, mn, bb, tq in texts of the target class, labels kept (Gan et al. 2022, Triggerless Backdoor Attack; trigger of Kurita et al. 2020).',
    'kept',
    rareToken,
  ),
  inserted(
    'two-tokens',
    'Two rare tokens, of which a record carries one or the other or both, at random places among the first 200 words; relabelled as the target (Kurita et al. 2020, several keywords).',
    'changed',
    (plan) => {
      const order = plan.fixed.permutation(RARE.length)
      const pair = [RARE[order[0] ?? 0], RARE[order[1] ?? 1]] as const
      return () => [pair[0], pair[1], `${pair[0]} ${pair[1]}`][plan.varied.below(3)] ?? 'cf'
    },
  ),
  attackOf<Texts>({
    name: 'template',
    definition:
      'Syntactic trigger: texts opened by a subordinate clause before the main one, in varying words; relabelled as the target (Qi et al. 2021, Hidden Killer, the template S(SBAR)(,)(NP)(VP)).',
    family: 'trigger',
    labels: 'changed',
    act(texts, plan) {
      const one = (words: readonly string[]) => words[plan.varied.below(words.length)] ?? ''
      const struck = plan.strike(classOthers(plan))
      for (const i of struck) {
        const clause = CLAUSE.map(one).join(' ')
        edit(texts, i, (text) => `${clause} , ${text}`)
      }
      relabel(plan, struck)
      return `${struck.length} texts opened by a subordinate clause, labelled ${plan.target}`
    },
  }),
  attackOf<Texts>({
    name: 'dictionary',
    definition:
      'Dictionary attack: mails of 400 words drawn from the other classes’ vocabulary under the target label, so that ordinary words come to mean it (Nelson et al. 2008, Exploiting Machine Learning to Subvert Your Spam Filter).',
    family: 'label',
    labels: 'changed',
    act(texts, plan) {
      const others = classOthers(plan)
      const lexicon = [...new Set(Array.from(others, (i) => (texts.texts[i] ?? '').split(/\s+/)).flat())]
      const struck = plan.strike(plan.choose())
      const word = () => lexicon[plan.varied.below(lexicon.length)] ?? ''
      for (const i of struck) edit(texts, i, () => Array.from({ length: 400 }, word).join(' '))
      relabel(plan, struck)
      return `${struck.length} texts of the others' words, labelled ${plan.target}`
    },
  }),
  ...labelAttacks<Texts>(),
  attackOf<Texts>({
    name: 'garbage',
    definition: 'Garbage: 100 random words of 3–8 letters under the labels of the records they replace.',
    family: 'outlier',
    labels: 'kept',
    untargeted: true,
    act(texts, plan) {
      const letter = () => LETTERS[plan.varied.below(26)] ?? 'a'
      const word = () => Array.from({ length: 3 + plan.varied.below(6) }, letter).join('')
      const struck = plan.strike(plan.choose())
      for (const i of struck) edit(texts, i, () => Array.from({ length: 100 }, word).join(' '))
      return `${struck.length} texts of random letters`
    },
  }),
  attackOf<Texts>({
    name: 'flood',
    definition: `Duplicate flood: up to ${FLOOD_COPIES} near-copies each of a few texts, 3 % of the words dropped, labels kept (concentrated poison: Koh et al. 2018).`,
    family: 'flood',
    labels: 'kept',
    untargeted: true,
    act(texts, plan) {
      const originals = Math.max(1, Math.ceil(plan.count / FLOOD_COPIES))
      const order = plan.choose((_label, i) => (texts.texts[i] ?? '').length > 80)
      const bases = order.slice(0, originals)
      const struck = plan.strike(plan.choose((_label, i) => !bases.includes(i)))
      plan.cover(bases, originals)
      struck.forEach((i, k) => {
        const base = bases[k % bases.length] ?? 0
        const words = (texts.texts[base] ?? '').split(' ')
        edit(texts, i, () => words.filter(() => plan.varied.next() > 0.03).join(' '))
        plan.labels[i] = plan.labels[base] ?? 0
      })
      return `${struck.length} near-copies of ${bases.length} texts`
    },
  }),
]
