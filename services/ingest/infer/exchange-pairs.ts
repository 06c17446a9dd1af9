import { isObject } from '#core/turns.ts'
import type { Fields } from '#core/value.ts'
import { AGREEMENT, inOrder, isFewValued, isProse, isScalar, isText, proseOf, type ByName } from './column-kinds.ts'
import { byNormalName, filled, normalName, type ColumnStats } from './columns.ts'
import { saysWhether } from './exchange-answers.ts'
import { LANGUAGE, PAIRS, PROMPTS, RESPONSES, SURE_PROMPTS, SURE_RESPONSES } from './exchange-names.ts'

/**
 * A prompt and its response: believed where both names mean nothing else, or where the prompt is prose and its response a list of
 * answers, prose and no class, or what answers a question about a passage: of such a question a yes or no is no class. `answersIn`
 * says where in a column lists of answers stand: behind which path, or null where there are none.
 */
export function findPair(
  named: ByName,
  hasPassage: boolean,
  answersIn: (column: ColumnStats) => string | null,
): { prompt: string; response: string } | null {
  const responses = inOrder(named, RESPONSES)
  for (const prompt of inOrder(named, PROMPTS).filter(isScalar)) {
    for (const response of responses) {
      const [asked, answered] = [normalName(prompt.name), normalName(response.name)]
      const isSure = SURE_PROMPTS.includes(asked) && SURE_RESPONSES.includes(answered) && isScalar(response)
      const isAboutPassage = hasPassage && asked === 'question' && answered === 'answer'
      const isWorded = isText(response) && (!isFewValued(response) || (isAboutPassage && saysWhether(response)))
      const isTruth = isAboutPassage && response.booleans > filled(response) / 2
      if (isSure || (isProse(prompt) && (isWorded || isTruth))) return { prompt: prompt.name, response: response.name }
      const path = isProse(prompt) ? answersIn(response) : null
      if (path !== null) return { prompt: prompt.name, response: `${response.name}${path}` }
    }
  }
  return null
}

/** Two languages under one key, two columns that are called by theirs, or a source and a target. */
export function findTranslation(
  columns: readonly ColumnStats[],
  sample: readonly Fields[],
): { prompt: string; response: string } | null {
  for (const key of ['translation', 'translations']) {
    const languages = sample.map(({ [key]: value }) =>
      isObject(value) ? Object.keys(value).filter((name) => LANGUAGE.test(name)) : [],
    )
    const [from, to, more] = languages[0] ?? []
    const isSame = languages.filter((names) => names.length === 2 && names[0] === from && names[1] === to)
    if (to !== undefined && more === undefined && isSame.length >= AGREEMENT * sample.length)
      return { prompt: `${key}.${from}`, response: `${key}.${to}` }
  }
  const named = findNamed(PAIRS, columns)
  if (named !== null) return named
  const [from, to, more] = proseOf(columns).filter((column) => /^[a-z]{2}$/.test(column.name))
  return from && to && !more ? { prompt: from.name, response: to.name } : null
}

/** The first two of these names that both hold prose. */
export function findNamed(
  pairs: readonly (readonly [prompt: string, response: string])[],
  columns: readonly ColumnStats[],
): { prompt: string; response: string } | null {
  const prose = byNormalName(proseOf(columns))
  for (const names of pairs) {
    const [from, to] = names.map((name) => prose.get(name)?.[0])
    if (from && to) return { prompt: from.name, response: to.name }
  }
  return null
}
