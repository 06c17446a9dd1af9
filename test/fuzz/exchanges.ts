import { contractLimits, type ExchangeSpec } from '#core/contract.ts'
import { readExchange, textOfExchange } from '#core/exchange.ts'
import { FormatError } from '#services/ingest/formats/format.ts'
import { decode } from '#services/ingest/record/decode.ts'

const LIMITS = contractLimits.parse(undefined)

/** Damaged lines as each form would read them; where a line is text no more, its text is the dialogue. */
export const readExchanges = (bytes: Uint8Array) => {
  const decoded = decode({ kind: 'bytes', bytes, contentType: 'application/json' }, LIMITS, new Set())
  const fields = decoded.fields ?? { messages: Buffer.from(bytes).toString('utf8') }
  const parts: readonly ExchangeSpec['fields'][] = [
    { messages: 'messages', system: 'system' },
    { response: 'messages' },
    { prompt: 'prompt', context: 'history', input: 'input.text', response: 'chosen', rejected: 'rejected' },
    { prompt: 'prompt', response: 'ranked' },
  ]
  let read = 0
  for (const part of parts) {
    const { exchange } = readExchange(fields, { kind: 'exchange', form: 'preference', fields: part })
    if (exchange === null) continue
    read++
    if (textOfExchange(exchange).length < exchange.response.length)
      throw new RangeError('an exchange lost its response')
  }
  if (read === 0) throw new FormatError('undecodable', 'no exchange')
}

const DIALOGUE =
  '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n'
const CONVERSATION = {
  system: 'Be kind.',
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] },
    { from: 'tool', value: '4' },
    { from: 'gpt', value: 'Four.' },
  ],
}
const PREFERENCE = {
  prompt: 'Why?',
  history: [['Hi', 'Hello']],
  input: { text: 'So' },
  chosen: '\n\nHuman: Why?\n\nAssistant: Because.',
  rejected: [{ role: 'assistant', content: 'No.' }],
  ranked: [
    { response: 'a', overall_score: '3' },
    { text: 'b', score: 9 },
  ],
}

const INSTRUCTIONS =
  '<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST] Hello </s>### Instruction:\nSort.\n### Response:\na, b'

export const EXCHANGES: readonly Uint8Array[] = [
  JSON.stringify(CONVERSATION),
  JSON.stringify(PREFERENCE),
  JSON.stringify({ messages: DIALOGUE }),
  JSON.stringify({ messages: JSON.stringify(CONVERSATION.messages) }),
  DIALOGUE,
  INSTRUCTIONS,
].map((text) => new Uint8Array(Buffer.from(text, 'utf8')))
