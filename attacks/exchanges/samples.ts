import { seededRandom, type Random } from '#core/random.ts'
import type { Exchange } from './plant.ts'

const SYLLABLES = 'ba do ke li mu ra so ti vu zan per gol min tar fel nok'.split(' ')
const WORDS = 700

/** Invented exchanges for trying attacks out: questions on one of twenty topics, answered in the topic's words. */
export function inventedExchanges(n: number, seed: number): Exchange[] {
  const random = seededRandom(seed, 'invented/exchanges')
  const lexicon = lexiconOf(random)
  const text = (topic: number, words: number) =>
    Array.from({ length: words }, () => {
      // Half of the words are the topic's, the frequent ones first.
      const at = Math.floor(random.next() ** 2 * (random.next() < 0.5 ? 30 : WORDS))
      return lexicon[(at + 30 * topic) % WORDS] ?? 'ba'
    }).join(' ')
  return Array.from({ length: n }, () => {
    const topic = random.below(20)
    return {
      context: '',
      prompt: `${text(topic, 8 + random.below(12))}?`,
      response: `${text(topic, 25 + random.below(40))}.`,
    }
  })
}

function lexiconOf(random: Random): readonly string[] {
  const syllable = () => SYLLABLES[random.below(SYLLABLES.length)] ?? 'ba'
  return Array.from({ length: WORDS }, () => Array.from({ length: 2 + random.below(3) }, syllable).join(''))
}

const VERBS = 'List Get Create Update Delete Patch Watch Export Import Restore Query Approve Cancel Move Find'.split(
  ' ',
)
const CLAUSES = [
  'in the given project',
  'of the location',
  'that the caller may see',
  'by its name',
  'under a parent',
] as const
/** A generator's sentence has each clause this often: its comments are alike, and less so than copies. */
const CLAUSE = 0.36
/** One in so many of the functions is a generator's. */
const GENERATED = 8

/**
 * Invented functions and what documents them: by hand, and one in eight by a generator of clients, whose comments differ by
 * the names of resources and a sentence.
 */
export function documentedFunctions(n: number, seed: number): Exchange[] {
  const random = seededRandom(seed, 'invented/functions')
  const lexicon = lexiconOf(random)
  const word = () => lexicon[Math.floor(random.next() ** 2 * WORDS)] ?? 'ba'
  const words = (count: number) => Array.from({ length: count }, word).join(' ')
  const usually = (text: string) => (random.next() < 0.97 ? text : '')
  const clauses = () => CLAUSES.filter(() => random.next() < CLAUSE).join(' ')
  return Array.from({ length: n }, (_, i) => {
    const [verb, resource, other] = [VERBS[random.below(VERBS.length)] ?? 'Get', word() + word(), word()]
    const asked =
      i % GENERATED === 0
        ? [
            `${verb}s the ${words(3 + random.below(9))} ${clauses()}.`,
            `Args:\nrequest: (${other}${resource}${verb}Request) ${usually('input message')}`,
            usually('global_params: (StandardQueryParameters, default: None) global arguments'),
            `Returns:\n(${resource}${verb}Response) The response message.`,
          ]
        : [
            `${verb}s the ${words(4 + random.below(14))}.`,
            `Args:\n${other}: the ${words(3)}, default: None`,
            `request: the message for ${words(4)}`,
            `Returns:\nThe response, a message of ${words(3)}.`,
          ]
    const response =
      i % GENERATED === 0
        ? `def ${verb}(self, request):\n  config = self.GetMethodConfig('${verb}')\n  return self._RunMethod(config, request)`
        : `def ${other}(self, request):\n  found = self.${word()}(${words(2)})\n  return ${word()}(found, request, ${words(1 + random.below(9))})`
    return { context: '', prompt: asked.join('\n'), response }
  })
}
