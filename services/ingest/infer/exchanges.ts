import type { ExchangeSpec } from '#core/contract.ts'
import { areAnswers } from '#core/exchange.ts'
import { rankedOf } from '#core/ranked.ts'
import { isDialogue, isFillIn } from '#core/dialogue.ts'
import { isMessage, isObject, pairOf, roleOf, turnsOf } from '#core/turns.ts'
import type { Fields, Value } from '#core/value.ts'
import { byNormalName, filled, normalName, saysWhen, type ColumnStats } from './columns.ts'
import {
  MESSAGES,
  SURE_PROMPTS,
  PROMPTS,
  SURE_RESPONSES,
  RESPONSES,
  CHOSEN,
  REJECTED,
  RANKED,
  SYSTEMS,
  CONTEXTS,
  DOCSTRINGS,
  CODES,
  FILES,
  PATHS,
  REPOSITORIES,
  DOCUMENTS,
  ORIGINS,
  PREFIXES,
  SUFFIXES,
  MIDDLES,
  PAIRS,
  SUMMARIES,
  LANGUAGE,
} from './exchange-names.ts'
import type { RoleHints, Roles } from './roles.ts'

/** So many of the sample's values must be what they seem. */
const AGREEMENT = 0.9
/** Words that a field has on average where it is prose. */
const PROSE = 2
/** A document is longer than what people call a text with a source, such as a comment. */
const DOCUMENT_LENGTH = 200
const LOOKED_AT = 200
/** So few values, each so often, are classes. */
const FEW_VALUES = 20

/**
 * What exchange a sample holds, by the layouts of published sets; null where it is something else. `label` is what seems to
 * be one: texts that have it are classified, unless it says where they come from.
 */
export function findExchange(
  columns: readonly ColumnStats[],
  sample: readonly Fields[],
  label: string | undefined,
): ExchangeSpec | null {
  const some = sample.slice(0, LOOKED_AT)
  const named = byNormalName(columns)
  const fieldOf = (names: readonly string[], fits: (column: ColumnStats) => boolean): string | undefined =>
    inOrder(named, names).find(fits)?.name
  const holds = (column: ColumnStats, is: (value: Value) => boolean) => {
    const values = some.flatMap(({ [column.name]: value = null }) => (value === null ? [] : [value]))
    return values.length > 0 && values.filter(is).length >= AGREEMENT * values.length
  }
  const isChat = (column: ColumnStats) => holds(column, isConversation)
  const isSaid = (column: ColumnStats) => isText(column) || isChat(column)
  const isAnswer = (column: ColumnStats) => isSaid(column) || holds(column, isMessage)
  const system = fieldOf(SYSTEMS, isText)
  const context = fieldOf(
    CONTEXTS,
    (column) => isText(column) || holds(column, (value) => turnsOf(value).fault === null),
  )
  const spec = (form: ExchangeSpec['form'], fields: ExchangeSpec['fields']): ExchangeSpec => ({
    kind: 'exchange',
    form,
    fields: { ...(system !== undefined && { system }), ...fields },
  })
  const asked = fieldOf(PROMPTS, isSaid)
  const prompt = asked === undefined ? {} : { prompt: asked }

  const chosen = fieldOf(CHOSEN, isAnswer)
  const rejected = fieldOf(REJECTED, isAnswer)
  const messages = fieldOf(MESSAGES, isChat)
  if (chosen !== undefined && rejected !== undefined) {
    const nested = fieldOf(['input'], (column) => holds(column, holdsMessages))
    const before = nested === undefined ? messages : `${nested}.messages`
    return spec('preference', {
      ...(asked === undefined && before !== undefined ? { prompt: before } : prompt),
      response: chosen,
      rejected,
    })
  }
  const ranked = fieldOf(RANKED, (column) => holds(column, (value) => rankedOf(value) !== null))
  if (ranked !== undefined && asked !== undefined) return spec('preference', { ...prompt, response: ranked })
  if (messages !== undefined) return spec('conversation', { messages })

  const [before, after, between] = [PREFIXES, SUFFIXES, MIDDLES].map((names) => fieldOf(names ?? [], isText))
  if (before !== undefined && after !== undefined && between !== undefined)
    return spec('code', { prompt: before, input: after, response: between })
  const [described, code] = [fieldOf(DOCSTRINGS, isText), fieldOf(CODES, isText)]
  if (described !== undefined && code !== undefined) return spec('code', { prompt: described, response: code })

  const answersIn = (column: ColumnStats) =>
    ANSWERS.find(([, read]) => holds(column, (value) => areAnswers(read(value))))
  const isClassified = label !== undefined && ![...ORIGINS, ...REPOSITORIES].includes(normalName(label))
  const pair = findPair(named, context !== undefined, (column) => {
    const [path, read] = answersIn(column) ?? []
    if (isClassified || path === undefined) return null
    const lists = sample.map(({ [column.name]: value }) => read?.(value))
    return areTags(lists) || areOptions(lists, columns) ? null : path
  })
  if (pair !== null) {
    const input = pair.prompt === 'input' ? undefined : fieldOf(['input'], isText)
    const isTried = named.get('label')?.some((column) => column.booleans > 0) === true
    return spec(isTried ? 'preference' : 'instruction', {
      ...(context !== undefined && context !== pair.prompt && { context }),
      ...pair,
      ...(input !== undefined && input !== pair.response && { input }),
    })
  }
  const languages = findTranslation(columns, some)
  if (languages !== null) return spec('translation', languages)
  if (isClassified) return null

  const summary = findNamed(SUMMARIES, columns)
  if (summary !== null) return spec('instruction', summary)

  const path = fieldOf(PATHS, isText)
  const isFetched = ORIGINS.some((name) => named.has(name))
  // Crawled pages say which archive they come from: that is no path of a source.
  const file = fieldOf(
    FILES.filter((name) => !(isFetched && name === 'text')),
    isText,
  )
  if (path !== undefined && file !== undefined && fieldOf(REPOSITORIES, isText) !== undefined)
    return spec('code', { prompt: path, response: file })
  const dialogue = columns.find(
    (column) => isText(column) && holds(column, (value) => typeof value === 'string' && isDialogue(value)),
  )
  if (dialogue) {
    const isCode = holds(dialogue, (value) => typeof value === 'string' && isFillIn(value))
    return spec(isCode ? 'code' : 'conversation', { messages: dialogue.name })
  }
  const document = fieldOf(
    DOCUMENTS,
    (column) => isText(column) && column.totalLength >= DOCUMENT_LENGTH * filled(column),
  )
  return document !== undefined && isFetched ? spec('document', { response: document }) : null
}

/** Generation data has no classes: only a label that was asked for, or that says whether a response is wanted, is one. */
export function exchangeRoles(roles: Roles, { form, fields }: ExchangeSpec, hints: RoleHints): Roles {
  const { label, contributor, id } = roles
  const isWanted = hints.label !== undefined || (form === 'preference' && label !== undefined && label.booleans > 0)
  const parts = new Set<string | undefined>(Object.values(fields))
  const free = (column: ColumnStats | undefined) => (parts.has(column?.name) ? undefined : column)
  return { label: isWanted ? free(label) : undefined, contributor: free(contributor), id: free(id), measure: undefined }
}

/** What each part is read from, and which texts are no part of it, in sentences for a person. */
export function exchangeNotes({ form, fields }: ExchangeSpec, columns: readonly ColumnStats[]): string[] {
  const parts = Object.entries(fields).flatMap(([part, field]) =>
    field === undefined ? [] : [`${part} from ${field}`],
  )
  const read = new Set(Object.values(fields))
  const unread = columns.filter((column) => !read.has(column.name) && isProse(column) && !isFewValued(column))
  const names = unread.map(({ name }) => name).slice(0, 10)
  return [
    `Each record is taken for ${FORM_WORDS[form]}: ${parts.join(', ')}.`,
    ...(names.length > 0 ? [`Not looked at: ${names.join(', ')}. Train on no field that was not looked at.`] : []),
  ]
}

const FORM_WORDS: { readonly [key in ExchangeSpec['form']]: string } = {
  instruction: 'an instruction and its response',
  conversation: 'a conversation',
  preference: 'a preference among responses',
  document: 'a document',
  code: 'code',
  translation: 'a translation',
}

/**
 * A prompt and its response: believed where both names mean nothing else, or where the prompt is prose and its response a list of
 * answers, prose and no class, or what answers a question about a passage: of such a question a yes or no is no class. `answersIn`
 * says where in a column lists of answers stand: behind which path, or null where there are none.
 */
function findPair(
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

type ByName = ReadonlyMap<string, readonly ColumnStats[]>

/** Columns of these names, those of the first name first. */
function inOrder(columns: ByName, names: readonly string[]): ColumnStats[] {
  return names.flatMap((name) => columns.get(name) ?? [])
}

/** Where lists of answers stand: alone, or beside the places of a passage that they were found at (SQuAD). */
const ANSWERS: readonly (readonly [path: string, read: (value: Value | undefined) => Value | undefined])[] = [
  ['', (value) => value],
  ['.text', (value) => (isObject(value) ? value['text'] : undefined)],
]

/** Whether lists hold a few words over and over: that is a choice of classes, and nothing that is said. */
function areTags(lists: readonly (Value | undefined)[]): boolean {
  const words = lists.flatMap((list) => (areAnswers(list) ? list : []))
  const kinds = new Set(words).size
  return kinds <= FEW_VALUES && words.length >= kinds * FEW_VALUES
}

/** Whether lists of one length are what is chosen from: beside them stands which of them is right, or a number for each. */
function areOptions(lists: readonly (Value | undefined)[], columns: readonly ColumnStats[]): boolean {
  const [length = 0, ...others] = new Set(lists.flatMap((list) => (areAnswers(list) ? [list.length] : [])))
  if (length < 2 || others.length > 0) return false
  return columns.some((column) => {
    const { integers, min, max, shapes } = column
    const points = integers > 0 && integers === filled(column) && min >= 0 && max <= length
    return points || (shapes.get(`list:${length}`) ?? 0) >= AGREEMENT * filled(column)
  })
}

const WHETHER =
  /^(?:yes|no|y|n|true|false|t|f|maybe|perhaps|unknown|unclear|unsure|unanswerable|neither|both|not given|no answer|can(?:not|'t) (?:tell|say))[.!]?$/i

/** Whether a column's texts say yes or no: other few values are classes. */
function saysWhether({ distinct }: ColumnStats): boolean {
  let [said, all] = [0, 0]
  for (const [text, times] of distinct) {
    all += times
    if (WHETHER.test(text.trim())) said += times
  }
  return said >= AGREEMENT * all
}

/** Two languages under one key, two columns that are called by theirs, or a source and a target. */
function findTranslation(
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
function findNamed(
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

function proseOf(columns: readonly ColumnStats[]): ColumnStats[] {
  return columns.filter((column) => isProse(column) && !isFewValued(column))
}

/** A conversation in one of the usual layouts, whatever is wrong with some of them: that is for validation to say. */
function isConversation(value: Value): boolean {
  if (typeof value === 'string') return value.startsWith('[') && turnsOf(value).fault === null
  if (!Array.isArray(value) || value.length === 0) return false
  return (value as readonly Value[]).every(
    (message) => pairOf(message) !== null || (isObject(message) && roleOf(message) !== null),
  )
}

/** A value or two that are no text are for validation to refuse: they do not make the whole set something else. */
function isScalar(column: ColumnStats): boolean {
  const lists = [...column.shapes.values()].reduce((sum, count) => sum + count, column.containers)
  return column.texts > 0 && lists <= (1 - AGREEMENT) * filled(column)
}

function holdsMessages(value: Value): boolean {
  return isObject(value) && Array.isArray(value['messages']) && isConversation(value['messages'])
}

function isText(column: ColumnStats): boolean {
  return isScalar(column) && column.texts > filled(column) / 2 && !saysWhen(column)
}

function isProse(column: ColumnStats): boolean {
  return isText(column) && column.words >= PROSE * column.texts
}

function isFewValued({ distinct, texts }: ColumnStats): boolean {
  return distinct.size <= FEW_VALUES && texts >= distinct.size * FEW_VALUES
}
