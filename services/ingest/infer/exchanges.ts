import type { ExchangeSpec } from '#core/contract.ts'
import { isUnanswered, UNANSWERABLE } from '#core/exchange.ts'
import { rankedOf } from '#core/ranked.ts'
import { isDialogue, isFillIn } from '#core/dialogue.ts'
import { isMessage, isObject, orderFault, pairOf, roleOf, turnsOf } from '#core/turns.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { AGREEMENT, holds as holdsOf, inOrder, isFewValued, isProse, isText } from './column-kinds.ts'
import { byNormalName, filled, normalName, type ColumnStats } from './columns.ts'
import { keptNotes } from './aside-notes.ts'
import { findAnswers } from './exchange-answers.ts'
import {
  BESIDE_TALK,
  CHOSEN,
  CODES,
  CONTEXTS,
  DOCSTRINGS,
  DOCUMENTS,
  FILES,
  MESSAGES,
  MIDDLES,
  ORIGINS,
  PATHS,
  PREFIXES,
  PROMPTS,
  RANKED,
  REJECTED,
  REPOSITORIES,
  SUFFIXES,
  SUMMARIES,
  SYSTEMS,
} from './exchange-names.ts'
import { findNamed, findPair, findTranslation } from './exchange-pairs.ts'
import type { RoleHints, Roles } from './roles.ts'

/** A document is longer than what people call a text with a source, such as a comment. */
const DOCUMENT_LENGTH = 200
const LOOKED_AT = 200

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
  const holds = (column: ColumnStats, is: (value: Value) => boolean) => holdsOf(some, column, is)
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

  const isClassified = label !== undefined && ![...ORIGINS, ...REPOSITORIES].includes(normalName(label))
  const hasPassage = columns.some((column) => column.name === context && isText(column))
  const pair = findPair(named, context !== undefined, (column) =>
    isClassified ? null : findAnswers(column, { sample, columns, hasPassage }),
  )
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
  if (document !== undefined && isFetched) return spec('document', { response: document })
  const talk = talkIn(columns, some)
  return talk === null ? null : spec('conversation', { messages: talk })
}

/**
 * The one field that holds conversations in nearly every record, whatever its name, where no field besides it is prose, but for a
 * system prompt or a title, and at most one is a number that varies; else null.
 */
function talkIn(columns: readonly ColumnStats[], some: readonly Fields[]): string | null {
  const isTalk = (value: Value) => {
    if (!Array.isArray(value) || !(value as readonly Value[]).every(isMessage)) return false
    const { turns } = turnsOf(value)
    return turns !== null && orderFault(turns) === null
  }
  const isFilled = ({ name }: ColumnStats) =>
    some.filter((fields) => (fields[name] ?? null) !== null).length >= AGREEMENT * some.length
  const [talk, ...others] = columns.filter((column) => isFilled(column) && holdsOf(some, column, isTalk))
  const numbers = columns.filter((column) => column.numbers > 0 && column.distinct.size > 1)
  const isProseBeside = columns.some((column) => isProse(column) && !BESIDE_TALK.includes(normalName(column.name)))
  return talk === undefined || others.length > 0 || numbers.length > 1 || isProseBeside ? null : talk.name
}

/** Generation data has no classes: only a label that was asked for, or that says whether a response is wanted, is one. */
export function exchangeRoles(roles: Roles, { form, fields }: ExchangeSpec, hints: RoleHints): Roles {
  const { label, contributor, id } = roles
  const isWanted = hints.label !== undefined || (form === 'preference' && label !== undefined && label.booleans > 0)
  const parts = new Set<string | undefined>(Object.values(fields))
  const free = (column: ColumnStats | undefined) => (parts.has(column?.name) ? undefined : column)
  return { label: isWanted ? free(label) : undefined, contributor: free(contributor), id: free(id), measure: undefined }
}

/** What each part is read from, which texts are no part of it, and what else nothing looks at, in sentences for a person. */
export function exchangeNotes(
  { form, fields }: ExchangeSpec,
  columns: readonly ColumnStats[],
  sample: readonly Fields[],
  { label, contributor, id }: Roles,
): string[] {
  const parts = Object.entries(fields).flatMap(([part, field]) =>
    field === undefined ? [] : [`${part} from ${field}`],
  )
  const unanswered = sample.filter((each) => isUnanswered(each, fields)).length
  const read = new Set(
    Object.values(fields).flatMap((field) => (field === undefined ? [] : [field, field.split('.')[0]])),
  )
  const unread = columns.filter(
    (column) =>
      !read.has(column.name) &&
      ((isProse(column) && !isFewValued(column)) || sample.some(({ [column.name]: value }) => holdsTexts(value))),
  )
  const names = unread.map(({ name }) => name).slice(0, 10)
  const known = [...unread, label, contributor, id]
  const kept = columns.filter((column) => !read.has(column.name) && !known.includes(column) && filled(column) > 0)
  return [
    `Each record is taken for ${FORM_WORDS[form]}: ${parts.join(', ')}.`,
    ...(unanswered > 0
      ? [`No answer in ${fields.response}, as ${unanswered} of ${sample.length} have it, is read as: ${UNANSWERABLE}.`]
      : []),
    ...(names.length > 0 ? [`Not looked at: ${names.join(', ')}. Train on no field that was not looked at.`] : []),
    ...keptNotes(kept.map(({ name }) => name)),
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

/** A conversation in one of the usual layouts, whatever is wrong with some of them: that is for validation to say. */
function isConversation(value: Value): boolean {
  if (typeof value === 'string') return value.startsWith('[') && turnsOf(value).fault === null
  if (!Array.isArray(value) || value.length === 0) return false
  return (value as readonly Value[]).every(
    (message) => pairOf(message) !== null || (isObject(message) && roleOf(message) !== null),
  )
}

/** Whether a list or an object holds a text somewhere. */
function holdsTexts(value: Value | undefined): boolean {
  if (value === undefined || value === null || typeof value !== 'object' || value instanceof Tensor) return false
  return Object.values(value).some((one: Value) => (typeof one === 'string' ? one !== '' : holdsTexts(one)))
}

function holdsMessages(value: Value): boolean {
  return isObject(value) && Array.isArray(value['messages']) && isConversation(value['messages'])
}
