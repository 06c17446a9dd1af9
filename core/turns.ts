import { roleNamed, type Role, type Turn } from './roles.ts'
import { Tensor } from './tensor.ts'
import { readDialogue } from './dialogue.ts'
import { canonicalJson, type Value } from './value.ts'

interface TurnFault {
  readonly rule: string
  /** Below the conversation; empty for the whole of it. */
  readonly path: readonly (string | number)[]
}

type Turns =
  | { readonly turns: readonly Turn[]; readonly fault: null }
  | { readonly turns: null; readonly fault: TurnFault }

/**
 * The turns of a list of messages (`role` and `content`, as OpenAI and Hugging Face have them; `from` and `value`, as ShareGPT
 * has; `parts`, as Gemini has), of one such message, of a list of pairs of prompt and response, of either as JSON text, or of a dialogue; or what is
 * wrong with them. Content may be text, a list of parts, of which the texts and the calls of tools count, or null beside calls of tools.
 */
export function turnsOf(value: Value | undefined): Turns {
  if (typeof value === 'string') {
    const written = parsedList(value)
    if (written !== null) return turnsOf(written)
    const read = readDialogue(value)
    return read === null ? refuse('a dialogue') : { turns: read, fault: null }
  }
  if (isMessage(value)) return turnsOf([value])
  if (!Array.isArray(value)) return refuse('a conversation')
  const turns: Turn[] = []
  for (const [at, message] of (value as readonly Value[]).entries()) {
    const pair = pairOf(message)
    if (pair !== null) {
      turns.push({ role: 'user', text: pair[0] }, { role: 'assistant', text: pair[1] })
      continue
    }
    if (!isObject(message)) return refuse('a message with a role', at)
    const role = roleOf(message)
    if (role === null) return refuse('an unknown role', at)
    // whichever of them a reader takes is heard
    const said = SAID.map((key) => contentOf(message[key] ?? null))
    if (said.includes(null)) return refuse('text', at)
    turns.push({ role, text: [...new Set([...said, ...callsOf(message)])].filter((text) => text !== '').join('\n') })
  }
  return { turns, fault: null }
}

/** One message by itself, as some preferences have their responses. */
export function isMessage(value: Value | undefined): value is { readonly [key: string]: Value } {
  return isObject(value) && roleOf(value) !== null
}

/** Whose turn may come before; what begins a conversation counts as following the system. */
const FOLLOWS: Readonly<Record<Role, readonly Role[]>> = {
  system: ['system'],
  user: ['system', 'assistant'],
  assistant: ['user', 'tool'],
  tool: ['assistant', 'tool'],
}

/**
 * What keeps turns from being a conversation that a chat template takes: the system speaks first, user and assistant by
 * turns, tools in between; each response says something. Null for a good one.
 */
export function orderFault(turns: readonly Turn[]): TurnFault | null {
  if (!turns.some(({ role }) => role === 'assistant'))
    return { rule: turns.length === 0 ? 'a conversation without turns' : 'a conversation without a response', path: [] }
  let before: Role = 'system'
  for (const [at, { role, text }] of turns.entries()) {
    if (!FOLLOWS[role].includes(before)) return { rule: `a turn of the ${role} out of order`, path: [at] }
    if (role === 'assistant' && text.trim() === '') return { rule: 'an empty response', path: [at] }
    before = role
  }
  return null
}

export function isObject(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tensor)
}

const PAIRS = [
  ['input', 'output'],
  ['prompt', 'response'],
  ['question', 'answer'],
  ['instruction', 'output'],
  ['user', 'assistant'],
  ['human', 'assistant'],
] as const

/** A prompt and its response as one element of a conversation, by their places or by their names; null for a message. */
export function pairOf(message: Value): readonly [prompt: string, response: string] | null {
  if (Array.isArray(message)) {
    const [prompt, response, more] = message as readonly Value[]
    return typeof prompt === 'string' && typeof response === 'string' && more === undefined ? [prompt, response] : null
  }
  if (!isObject(message) || ['role', 'from'].some((key) => key in message)) return null
  for (const [asked, answered] of PAIRS) {
    const [prompt, response] = [message[asked], message[answered]]
    if (typeof prompt === 'string' && typeof response === 'string') return [prompt, response]
  }
  return null
}

/** Nested deeper than any message is, a list is not looked at. */
const DEEPEST = 16

/** A list that stands as text in a cell of a table. */
function parsedList(text: string): readonly Value[] | null {
  if (!text.startsWith('[')) return null
  try {
    const value = JSON.parse(text) as Value
    return Array.isArray(value) && isShallow(value, DEEPEST) ? value : null
  } catch {
    return null
  }
}

function isShallow(value: Value, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return left > 0 && Object.values(value).every((member) => isShallow(member as Value, left - 1))
}

const CALLS = ['functionCall', 'function_call', 'functionResponse', 'function_response', 'toolUse', 'toolResult']
const SAID = ['reasoning_content', 'thinking', 'content', 'value', 'text', 'parts']

/** Null where there is no role that is known, or two that differ: readers would not agree on who speaks. */
export function roleOf(message: { readonly [key: string]: Value }): Role | null {
  const named = ['role', 'from'].flatMap((key) => (key in message ? [roleNamed(message[key])] : []))
  return new Set(named).size === 1 ? named[0]! : null
}

function refuse(rule: string, at?: number): Turns {
  return { turns: null, fault: { rule, path: at === undefined ? [] : [at] } }
}

/** Text; the texts and calls of a list of parts, whose images and sounds have none; null for anything else. */
function contentOf(content: Value, depth = 0): string | null {
  if (content === null) return ''
  if (typeof content === 'string') return content
  if (!Array.isArray(content) || depth > DEEPEST) return null
  const parts = (content as readonly Value[]).map((part) => {
    if (typeof part === 'string') return part
    if (!isObject(part)) return null
    const { text = '', content: within = '' } = part
    const said = [typeof text === 'string' ? text : null, contentOf(within, depth + 1), ...callsInPart(part)]
    return said.includes(null) ? null : said.filter((each) => each !== '').join('\n')
  })
  return parts.includes(null) ? null : parts.filter((part) => part !== '').join('\n')
}

/** What a part calls, and what came back: a block of `tool_use` by its name and input, or an object under a name of its own. */
function callsInPart(part: { readonly [key: string]: Value }): string[] {
  const { type, name, input } = part
  if (type === 'tool_use') return [canonicalJson({ name: name ?? null, input: input ?? null })]
  return CALLS.flatMap((key) => (isObject(part[key]) ? [canonicalJson(part[key])] : []))
}

/** A call's name and arguments are what matters of it: ids are made up anew for each. */
function callsOf(message: { readonly [key: string]: Value }): string[] {
  const list = ['tool_calls', 'function_call'].flatMap((key): readonly Value[] => {
    const calls = message[key] ?? null
    return Array.isArray(calls) ? (calls as readonly Value[]) : calls === null ? [] : [calls]
  })
  return list.map((call) => canonicalJson(isObject(call) ? (call['function'] ?? call) : call))
}
