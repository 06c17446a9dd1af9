import type { ExchangeSpec } from './contract.ts'
import type { Turn } from './roles.ts'
import { isDialogue } from './dialogue.ts'
import { rankedOf } from './ranked.ts'
import { isMessage, isObject, orderFault, turnsOf } from './turns.ts'
import type { Fields, Value } from './value.ts'

/** What a model is asked and what it learns to answer: one form for every kind of generation data. */
export interface Exchange {
  /** System text and earlier turns, joined; empty if there are none. */
  readonly context: string
  /** What is asked; empty for a document. */
  readonly prompt: string
  /** What a model would learn to answer. */
  readonly response: string
  /** The rejected response of a preference: what a model would learn not to answer. */
  readonly rejected?: string
  /** The turns that `context` is made of; absent if it is empty. */
  readonly earlier?: readonly Turn[]
}

/** Why fields are no exchange: the rule that is broken and the path where; never a value. */
export interface ExchangeFault {
  readonly rule: string
  readonly path: readonly (string | number)[]
}

export type ReadExchange =
  | { readonly exchange: Exchange; readonly fault: null }
  | { readonly exchange: null; readonly fault: ExchangeFault }

/** Reads a record's fields as an exchange, by the parts that the contract names; or says why they are none. */
export function readExchange(fields: Fields, { fields: parts }: ExchangeSpec): ReadExchange {
  try {
    return { exchange: exchangeFrom(fields, parts), fault: null }
  } catch (error) {
    if (error instanceof Unfit) return { exchange: null, fault: error.fault }
    throw error
  }
}

/** All text of an exchange but the system's: earlier turns, prompt, response and rejected response. */
export function textOfExchange({ earlier = [], prompt, response, rejected = '' }: Exchange): string {
  const said = earlier.flatMap(({ role, text }) => (role === 'system' ? [] : [text]))
  return [...said, prompt, response, rejected].filter((text) => text !== '').join('\n\n')
}

/** Carries a fault up to `readExchange`, which catches it. */
class Unfit extends Error {
  readonly fault: ExchangeFault
  constructor(fault: ExchangeFault) {
    super(fault.rule)
    this.fault = fault
  }
}

type Parts = ExchangeSpec['fields']
interface Pair {
  readonly earlier: readonly Turn[]
  readonly prompt: string
  readonly response: string
}

function exchangeFrom(fields: Fields, parts: Parts): Exchange {
  const told = textAt(fields, parts.system)
  const before: readonly Turn[] = told === '' ? [] : [{ role: 'system', text: told }]
  if (parts.messages !== undefined) {
    const { earlier, prompt, response } = lastPair(conversationAt(fields, parts.messages), parts.messages)
    return exchange([...before, ...earlier], prompt, response)
  }
  const given = turnsAt(fields, parts.context)
  const { earlier, prompt } = lastAsked([...turnsAt(fields, parts.prompt), ...turnsAt(fields, parts.input)])
  const [best, worst] = ranked(fields, parts)
  const unanswered = isUnanswered(fields, parts) ? { earlier: [], prompt: '', response: UNANSWERABLE } : null
  const chosen = best ?? unanswered ?? answerAt(fields, parts.response ?? '', parts.prompt === undefined)
  const rejected =
    worst ?? (parts.rejected === undefined ? null : answerAt(fields, parts.rejected, parts.prompt === undefined))
  const own = pairTurns(chosen)
  const asked = [...given, ...earlier, ...(prompt === '' ? [] : [user(prompt)])]
  if (own.length === 0)
    return exchange(
      [...before, ...unheard(rejected, asked), ...given, ...earlier],
      prompt,
      chosen.response,
      rejected?.response,
    )
  // a conversation repeats the prompt; if a separate field says something else, the model is trained on that too
  const others = [...asked.filter(isNew(own)), ...unheard(rejected, [...own, ...asked])]
  return exchange([...before, ...others, ...chosen.earlier], chosen.prompt, chosen.response, rejected?.response)
}

/** The turns of a rejected conversation, before its response, that no other part of the record contains. */
function unheard(rejected: Pair | null, heard: readonly Turn[]): Turn[] {
  return rejected === null ? [] : pairTurns(rejected).filter(isNew(heard))
}

function isNew(heard: readonly Turn[]): (turn: Turn) => boolean {
  return ({ text }) => !heard.some((other) => other.text.trim() === text.trim())
}

function pairTurns({ earlier, prompt }: Pair): Turn[] {
  return [...earlier, ...(prompt === '' ? [] : [user(prompt)])]
}

function user(text: string): Turn {
  return { role: 'user', text }
}

function exchange(earlier: readonly Turn[], prompt: string, response: string, rejected?: string): Exchange {
  return {
    context: joined(earlier),
    prompt,
    response,
    ...(rejected !== undefined && { rejected }),
    ...(earlier.length > 0 && { earlier }),
  }
}

function joined(turns: readonly Turn[]): string {
  return turns.map(({ text }) => text).join('\n\n')
}

/** The last prompt that is answered, its answer, and all other turns. Throws `Unfit` if the turns are out of order. */
function lastPair(turns: readonly Turn[], field: string): Pair {
  const fault = orderFault(turns)
  if (fault) throw new Unfit({ rule: fault.rule, path: [field, ...fault.path] })
  const answer = turns.findLastIndex(({ role }) => role === 'assistant')
  const asked = turns.findLastIndex(({ role }, at) => role === 'user' && at < answer)
  const isAnswer = ({ role }: Turn, at: number) => role === 'assistant' && at > asked
  return {
    earlier: turns.filter((turn, at) => at !== asked && !isAnswer(turn, at)),
    prompt: turns[asked]?.text ?? '',
    response: joined(turns.filter(isAnswer)),
  }
}

/** A prompt of several parts is joined to one text; of a prompt of several turns, the last user's turn is the prompt. */
function lastAsked(turns: readonly Turn[]): Pick<Pair, 'earlier' | 'prompt'> {
  const said = turns.filter(({ text }) => text !== '')
  if (said.every(({ role }) => role === 'user')) return { earlier: [], prompt: joined(said) }
  const last = said.findLastIndex(({ role }) => role === 'user')
  return { earlier: said.filter((_, at) => at !== last), prompt: said[last]?.text ?? '' }
}

/** The best and the worst of a list of responses with scores; empty if there is no such list. */
function ranked(fields: Fields, { response, rejected }: Parts): readonly Pair[] {
  const list = response === undefined || rejected !== undefined ? null : rankedOf(valueAt(fields, response))
  return (list ?? []).map((text) => {
    if (text.trim() === '') throw new Unfit({ rule: 'an empty response', path: [response ?? ''] })
    return { earlier: [], prompt: '', response: text }
  })
}

/**
 * A single response, a list of accepted answers joined to one, or the last answer of a conversation with what comes before it.
 */
function answerAt(fields: Fields, field: string, mayBeDialogue: boolean): Pair {
  const value = valueAt(fields, field)
  if (areAnswers(value)) return { earlier: [], prompt: '', response: [...new Set(value)].join('\n') }
  const isConversation =
    Array.isArray(value) || isMessage(value) || (mayBeDialogue && typeof value === 'string' && isDialogue(value))
  const turns = isConversation ? conversationAt(fields, field) : []
  if (turns.some(({ role }) => role !== 'assistant')) return lastPair(turns, field)
  const response = isConversation ? joined(turns) : textAt(fields, field)
  if (response.trim() === '') throw new Unfit({ rule: 'an empty response', path: [field] })
  return { earlier: [], prompt: '', response }
}

/**
 * What an empty list of accepted answers says to a question about a passage: that the passage does not (SQuAD 2.0). A model is
 * taught to say so, in whatever words; which questions it is taught that of is looked at as any other response is.
 */
export const UNANSWERABLE = 'unanswerable'

/** Whether a record asks about a passage, and accepts no answer. Earlier turns are no passage: an answer is missing there. */
export function isUnanswered(fields: Fields, { context, response, rejected }: Parts): boolean {
  if (context === undefined || response === undefined || rejected !== undefined) return false
  const passage = valueAt(fields, context)
  return typeof passage === 'string' && passage.trim() !== '' && isNoAnswer(valueAt(fields, response))
}

/** A list of accepted answers without any. */
export function isNoAnswer(value: Value | undefined): boolean {
  return Array.isArray(value) && value.length === 0
}

/** A list of texts, each of which would do as the response: whichever is trained on is looked at, so all of them are read. */
export function areAnswers(value: Value | undefined): value is readonly string[] {
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string')
  return isList && value.some((each) => each.trim() !== '')
}

/** A text as one turn of the user, or the turns of a list; empty if the field is missing. */
function turnsAt(fields: Fields, field: string | undefined): readonly Turn[] {
  if (field === undefined) return []
  if (Array.isArray(valueAt(fields, field))) return conversationAt(fields, field)
  const text = textAt(fields, field)
  return text === '' ? [] : [user(text)]
}

function conversationAt(fields: Fields, field: string): readonly Turn[] {
  const { turns, fault } = turnsOf(valueAt(fields, field))
  if (fault) throw new Unfit({ rule: fault.rule, path: [field, ...fault.path] })
  return turns
}

/** The text of a field; empty if the field is missing. Throws `Unfit` if it holds something other than text. */
function textAt(fields: Fields, field: string | undefined): string {
  const value = field === undefined ? null : valueAt(fields, field)
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Unfit({ rule: 'text', path: [field ?? ''] })
}

/** The value of the field with this name, or at this path of names joined by dots. */
function valueAt(fields: Fields, field: string): Value | undefined {
  if (Object.hasOwn(fields, field)) return fields[field]
  let value: Value | undefined = fields
  for (const key of field.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}
