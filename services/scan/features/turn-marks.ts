import type { Exchange } from '#core/exchange.ts'

/** A place in a text where a chat template would begin another turn. */
export interface TurnMark {
  /** The template that such marks belong to. */
  readonly style: string
  readonly mark: string
  /** Which part of the exchange holds it. */
  readonly part: 'context' | 'prompt' | 'response' | 'rejected response'
}

const ROLE = '(?:system|user|assistant|tool|model|ipython|developer|human)'

/**
 * Marks of turns as templates write them, with the role where the template names one: honest texts mention a mark
 * without a role. Bars may be of full width, as DeepSeek's are and as look-alikes would be.
 */
const STYLES: readonly { readonly style: string; readonly pattern: RegExp }[] = [
  { style: 'ChatML', pattern: new RegExp(String.raw`<[|｜]im_start[|｜]>\s*${ROLE}\b`, 'i') },
  {
    style: 'Llama 3',
    pattern: new RegExp(String.raw`<[|｜]start_header_id[|｜]>\s*${ROLE}\s*<[|｜]end_header_id[|｜]>`, 'i'),
  },
  { style: 'Llama 2', pattern: /\[\/?INST\]|<<\/?SYS>>/ },
  { style: 'Gemma', pattern: new RegExp(String.raw`<start_of_turn>\s*${ROLE}\b`, 'i') },
  { style: 'Zephyr', pattern: new RegExp(String.raw`<[|｜]${ROLE}[|｜]>`, 'i') },
  { style: 'Alpaca', pattern: /^###[ \t]*(?:Instruction|Response|System|Human|Assistant):/im },
  { style: 'Anthropic', pattern: /(?<=\n[ \t\r]{0,3}\n)(?:Human|Assistant):(?= |$)/m },
]

/** A pattern that every mark contains: most texts lack it, and are read only once. */
const ANY = /[<[][|｜</]?\w|^###|^(?:Human|Assistant):/m

/** Every mark in an exchange, the first of each style and part. */
export function turnMarks({ context, prompt, response, rejected = '' }: Exchange): TurnMark[] {
  const parts = [
    ['context', context],
    ['prompt', prompt],
    ['response', response],
    ['rejected response', rejected],
  ] as const
  return parts.flatMap(([part, text]) => {
    if (!ANY.test(text)) return []
    return STYLES.flatMap(({ style, pattern }): TurnMark[] => {
      const found = pattern.exec(text)
      return found === null ? [] : [{ style, mark: found[0], part }]
    })
  })
}
