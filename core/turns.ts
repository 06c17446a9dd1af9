import { roleNamed, type Role, type Turn } from './roles.ts'
import { Tensor } from './tensor.ts'
import { readDialogue } from './dialogue.ts'
import { canonicalJson, type Value } from './value.ts'

interface TurnFault {
  readonly rule: string
  /** The path below the conversation; empty for the whole conversation. */
  readonly path: readonly (string | number)[]
}

type Turns =
  | { readonly turns: readonly Turn[]; readonly fault: null }
  | { readonly turns: null; readonly fault: TurnFault }

/**
 * Reads the turns of a conversation, or says what is wrong with it. A conversation is a list of messages (`role` and `content`,
 * as OpenAI and Hugging Face write them; `from` and `value`, as ShareGPT does; `parts`, as Gemini does), one such message, a
 * list of pairs of prompt and response, any of these as JSON text, or a dialogue. Content is text, a list of parts (of which the
 * texts and the calls of tools are read), or null beside calls of tools.
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
    // readers may take any of these fields, so all of them are read
    const said = SAID.map((key) => contentOf(message[key] ?? null))
    if (said.includes(null)) return refuse('text', at)
    turns.push({ role, text: [...new Set([...said, ...callsOf(message)])].filter((text) => text !== '').join('\n') })
  }
  return { turns, fault: null }
}

/** Whether a value is a single message, as the responses of some preferences are. */
export function isMessage(value: Value | undefined): value is { readonly [key: string]: Value } {
  return isObject(value) && roleOf(value) !== null
}

/** The roles that may come before each role; the beginning of a conversation counts as a turn of the system. */
const FOLLOWS: Readonly<Record<Role, readonly Role[]>> = {
  system: ['system'],
  user: ['system', 'assistant'],
  assistant: ['user', 'tool'],
  tool: ['assistant', 'tool'],
}

/**
 * What keeps turns from being a conversation that a chat template accepts: the system speaks first, user and assistant
 * alternate, tools may stand in between, and each response is not empty. Null if nothing does.
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

/**
 * Reads a prompt and its response that are one element of a conversation, by their positions or their names; null for a message.
 */
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

/** Lists nested deeper than this are not read; no real message is nested as deep. */
const DEEPEST = 16

/** Parses a list that stands as JSON text in a cell of a table. */
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

/**
 * The role of a message; null if it is unknown, or if two fields name different roles: readers would disagree about who speaks.
 */
export function roleOf(message: { readonly [key: string]: Value }): Role | null {
  const named = ['role', 'from'].flatMap((key) => (key in message ? [roleNamed(message[key])] : []))
  return new Set(named).size === 1 ? named[0]! : null
}

function refuse(rule: string, at?: number): Turns {
  return { turns: null, fault: { rule, path: at === undefined ? [] : [at] } }
}

/**
 * The text of content: text itself, or the texts and calls of a list of parts (images and sounds have none); null for anything
 * else.
 */
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

/** What a part calls and what came back: a `tool_use` block with name and input, or an object under its own name. */
function callsInPart(part: { readonly [key: string]: Value }): string[] {
  const { type, name, input } = part
  if (type === 'tool_use') return [canonicalJson({ name: name ?? null, input: input ?? null })]
  return CALLS.flatMap((key) => (isObject(part[key]) ? [canonicalJson(part[key])] : []))
}

/** The calls of a message by name and arguments. Ids are left out, because each call gets a new one. */
function callsOf(message: { readonly [key: string]: Value }): string[] {
  const list = ['tool_calls', 'function_call'].flatMap((key): readonly Value[] => {
    const calls = message[key] ?? null
    return Array.isArray(calls) ? (calls as readonly Value[]) : calls === null ? [] : [calls]
  })
  return list.map((call) => canonicalJson(isObject(call) ? (call['function'] ?? call) : call))
}
