import { roleNamed, type Role, type Turn } from './roles.ts'

/** One way of writing a conversation down as text. */
interface Style {
  /** Matches the start of a turn; its first group names the role. */
  readonly begins: RegExp
  /** Matches what may stand at the end of a turn and does not belong to it. */
  readonly ends: RegExp
  /** Names of roles that only this style uses, in lower case. */
  readonly roles?: Readonly<Record<string, Role>>
}

const NOTHING = /(?!)/

/**
 * One text of code whose middle is to be filled in: the code around the gap is the prompt, the middle is the response (Bavarian
 * et al. 2022; Code Llama, DeepSeek).
 */
const FILL_IN: readonly Style[] = [
  {
    begins: /<\|?fim_(prefix|suffix|middle)\|?>/g,
    ends: /<\|?(?:endoftext|fim_pad|file_sep)\|?>\s*$/,
    roles: { prefix: 'user', suffix: 'user', middle: 'assistant' },
  },
  { begins: /<(PRE|SUF|MID)>/g, ends: /<EOT>\s*$/, roles: { pre: 'user', suf: 'user', mid: 'assistant' } },
  {
    begins: /<\uFF5Cfim\u2581(begin|hole|end)\uFF5C>/g,
    ends: /<\uFF5Cend\u2581of\u2581sentence\uFF5C>\s*$/,
    roles: { begin: 'user', hole: 'user', end: 'assistant' },
  },
]

/**
 * Dialogues as chat templates and published data sets write them: ChatML, Llama 3, Gemma, Zephyr, Llama 2, HH-RLHF, Guanaco,
 * Vicuna, Alpaca.
 */
const STYLES: readonly Style[] = [
  ...FILL_IN,
  { begins: /<\|im_start\|>(\w+)\r?\n/g, ends: /<\|im_end\|>\s*$/ },
  { begins: /<\|start_header_id\|>(\w+)<\|end_header_id\|>\s*/g, ends: /<\|eot_id\|>\s*$/ },
  { begins: /<start_of_turn>(\w+)\r?\n/g, ends: /<end_of_turn>\s*$/ },
  { begins: /<\|(system|user|assistant)\|>\r?\n/g, ends: /<\/s>\s*$/ },
  { begins: /(?:<s>\s*)?\[(\/?INST)\]/g, ends: /<\/s>\s*$/, roles: { inst: 'user', '/inst': 'assistant' } },
  { begins: /(?:^|\r?\n\r?\n)(Human|Assistant):/g, ends: NOTHING },
  { begins: /### (Human|Assistant):/g, ends: NOTHING },
  {
    begins: /(?:^|\n|<\/s>)[ \t]{0,3}(USER|ASSISTANT|FUNCTION RESPONSE):/g,
    ends: /<\/s>\s*$|<\|endoftext\|>\s*$/,
    roles: { 'function response': 'tool' },
  },
  {
    begins: /(?:^|\n)### (Instruction|Input|Response):/g,
    ends: /<\/s>\s*$|<\|endoftext\|>\s*$/,
    roles: { instruction: 'user', input: 'user', response: 'assistant' },
  },
]

/** What may stand before the first turn: a token that marks the beginning, and Alpaca's introduction. */
const OPENING = /^(?:<s>|<\|begin_of_text\|>|<bos>)?\s*(?:Below is an instruction [^#]{0,300})?$/
const OPENING_LENGTH = 400
/** Llama 2 writes the system's text into the first turn of the user. */
const SYSTEM = /^\s*<<SYS>>([\s\S]*?)<<\/SYS>>/

/** Whether text is a written-down conversation: it begins with a turn in a known style. */
export function isDialogue(text: string): boolean {
  return styleOf(text) !== null
}

/** Whether text is code whose middle is to be filled in. */
export function isFillIn(text: string): boolean {
  const style = styleOf(text)
  return style !== null && FILL_IN.includes(style)
}

/** The turns of a dialogue, trimmed; null if the text is no dialogue, or a role is unknown. */
export function readDialogue(text: string): Turn[] | null {
  const style = styleOf(text)
  if (style === null) return null
  const marks = [...text.matchAll(style.begins)]
  const turns: Turn[] = []
  for (const [at, { 0: mark, 1: name = '', index }] of marks.entries()) {
    const role = style.roles?.[name.toLowerCase()] ?? roleNamed(name)
    if (role === null) return null
    let said = text.slice(index + mark.length, marks[at + 1]?.index).replace(style.ends, '')
    const system = at === 0 && role === 'user' ? SYSTEM.exec(said) : null
    if (system) {
      turns.push({ role: 'system', text: system[1]!.trim() })
      said = said.slice(system[0].length)
    }
    const before = turns.at(-1)
    // an instruction and its input form one turn, and so do the two parts around a gap
    if (style.roles && before?.role === role)
      turns[turns.length - 1] = { role, text: `${before.text}\n\n${said.trim()}` }
    else turns.push({ role, text: said.trim() })
  }
  return turns
}

function styleOf(text: string): Style | null {
  const start = text.slice(0, OPENING_LENGTH)
  const fits = ({ begins }: Style) => {
    const first = start.matchAll(begins).next().value
    return first !== undefined && OPENING.test(start.slice(0, first.index))
  }
  return STYLES.find(fits) ?? null
}
