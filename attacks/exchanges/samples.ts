import { seededRandom } from '#core/random.ts'
import type { Exchange } from './plant.ts'

const SYLLABLES = 'ba do ke li mu ra so ti vu zan per gol min tar fel nok'.split(' ')
const WORDS = 700

/** Invented exchanges for trying attacks out: questions on one of twenty topics, answered in the topic's words. */
export function inventedExchanges(n: number, seed: number): Exchange[] {
  const random = seededRandom(seed, 'invented/exchanges')
  const syllable = () => SYLLABLES[random.below(SYLLABLES.length)] ?? 'ba'
  const lexicon = Array.from({ length: WORDS }, () => Array.from({ length: 2 + random.below(3) }, syllable).join(''))
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
