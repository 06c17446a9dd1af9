import type { Vocabulary } from '../../../features/words.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { type Bearers, bearersOf } from './bearers.ts'
import { Beside, type Places } from './beside.ts'

/** Records of its label that hold a word, at least: of fewer it cannot be told what they have in common. */
const LEAST_HOLDERS = 20
/** The share of a word's holders that bear its label, at least, and its holders' share of that label at most. */
const LEAST_PURE = 0.7
const MOST_OF_LABEL = 0.5
/** Nats by which its holders' labels depart from the shares of all labels, at least. */
const LEAST_TOLD = 5

/** A word that tells a label: most of its holders bear it. */
export interface TellingWord extends Bearers, Places {
  readonly token: number
  readonly word: string
  /** Those of its holders that bear the label, ascending. */
  readonly holders: Int32Array
}

/** The words of the texts that tell a label, in the order of their tokens. */
export function tellingWords(vocabulary: Vocabulary, tokens: TokenMatrix, labels: Grouping): TellingWord[] {
  const beside = new Beside(vocabulary)
  const kind = tokens.kinds.indexOf('word')
  const found: TellingWord[] = []
  for (let token = 0; token < tokens.tokens; token++) {
    if (tokens.kindOf[token] !== kind) continue
    const records = tokens.holders(token)
    if (records.length < LEAST_HOLDERS) continue
    const bearers = bearersOf(records, labels)
    const { label, own, all, told } = bearers
    if (own < LEAST_HOLDERS || own < LEAST_PURE * all || own > MOST_OF_LABEL * labels.counts[label]!) continue
    if (told < LEAST_TOLD) continue
    const described = tokens.describe(token)
    const word = described.kind === 'words' ? described.words : ''
    const holders = records.filter((i) => labels.of[i] === label)
    found.push({ ...bearers, token, word, holders, ...beside.of([word], holders) })
  }
  return found
}
