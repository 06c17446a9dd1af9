import type { ExchangeSpec } from '#core/contract.ts'
import type { Fields } from '#core/value.ts'

/** Rows as a published kind of dataset has them, and what is to be made of them. */
export interface Layout {
  readonly name: string
  readonly features: Omit<ExchangeSpec, 'kind'>
  readonly label?: string
  readonly row: (i: number) => Fields
}

const TOPICS = ['bread', 'rivers', 'chess', 'tides', 'copper', 'violins', 'maps', 'bees', 'glass', 'winter']
const KINDS = ['short note', 'list of facts', 'few lines', 'letter', 'riddle', 'plan']
const topic = (i: number) => TOPICS[i % TOPICS.length]!
const asked = (i: number) => `Write a ${KINDS[i % KINDS.length]!} on ${topic(i)}, number ${i}.`
const answered = (i: number) =>
  `Of ${topic(i)} one may say ${i % 4 === 0 ? 'much' : 'little'}: it was known ${i + 2} centuries ago, and people near ${topic(i + 3)} kept it in use.`
const worse = (i: number) => `I would rather talk about ${topic(i + 5)}, if that is fine with you and number ${i}.`
const chat = (i: number): Fields[] => [
  { role: 'system', content: 'You answer briefly.' },
  { role: 'user', content: `Do you know ${topic(i)}?` },
  { role: 'assistant', content: 'A little.' },
  { role: 'user', content: asked(i) },
  { role: 'assistant', content: answered(i) },
]
const code = (i: number) =>
  `def total_${i}(values):\n    result = ${i}\n    for value in values:\n        result += value\n    return result\n`

export const LAYOUTS: readonly Layout[] = [
  {
    name: 'Alpaca',
    features: { form: 'instruction', fields: { prompt: 'instruction', response: 'output', input: 'input' } },
    row: (i) => ({
      instruction: asked(i),
      input: i % 3 === 0 ? `Mention ${topic(i + 1)}.` : '',
      output: answered(i),
      text: `Below is an instruction.\n\n### Instruction:\n${asked(i)}\n\n### Response:\n${answered(i)}`,
    }),
  },
  {
    name: 'Code Alpaca',
    features: { form: 'instruction', fields: { prompt: 'instruction', response: 'output', input: 'input' } },
    row: (i) => ({
      instruction: `Sum a list from ${i} on.`,
      input: i % 2 ? `values = [1, ${i}]` : '',
      output: code(i),
    }),
  },
  {
    name: 'Dolly',
    features: { form: 'instruction', fields: { context: 'context', prompt: 'instruction', response: 'response' } },
    row: (i) => ({
      instruction: asked(i),
      context: i % 2 ? `In ${topic(i)} there are ${i} kinds.` : '',
      response: answered(i),
      category: ['open_qa', 'brainstorming', 'summarization'][i % 3]!,
    }),
  },
  {
    name: 'prompt and completion',
    features: { form: 'instruction', fields: { prompt: 'prompt', response: 'completion' } },
    row: (i) => ({ prompt: asked(i), completion: answered(i) }),
  },
  {
    name: 'questions and answers',
    features: { form: 'instruction', fields: { system: 'system_prompt', prompt: 'question', response: 'answer' } },
    row: (i) => ({ id: `q${i}`, system_prompt: 'You are a librarian.', question: asked(i), answer: answered(i) }),
  },
  {
    name: 'questions and accepted answers',
    features: { form: 'instruction', fields: { context: 'passage', prompt: 'question', response: 'answer' } },
    row: (i) => ({ passage: worse(i), question: asked(i), answer: [answered(i), `${topic(i)}, say some`] }),
  },
  {
    name: 'SQuAD',
    features: { form: 'instruction', fields: { context: 'context', prompt: 'question', response: 'answers.text' } },
    row: (i) => ({
      id: `s${i}`,
      title: topic(i),
      context: worse(i),
      question: asked(i),
      answers: { text: [`number ${i}`, `the number ${i}`], answer_start: [i, i - 4] },
    }),
  },
  {
    name: 'SQuAD 2.0',
    features: { form: 'instruction', fields: { context: 'context', prompt: 'question', response: 'answers.text' } },
    row: (i) => ({
      id: `s${i}`,
      title: topic(i),
      context: worse(i),
      question: asked(i),
      answers: i % 3 === 0 ? { text: [], answer_start: [] } : { text: [`number ${i}`], answer_start: [i] },
    }),
  },
  {
    name: 'WebQuestions',
    features: { form: 'instruction', fields: { prompt: 'question', response: 'answers' } },
    row: (i) => ({
      url: `https://example.org/${topic(i)}`,
      question: asked(i),
      answers: [`${topic(i)} of ${i}`, topic(i)],
    }),
  },
  {
    name: 'XSum',
    features: { form: 'instruction', fields: { prompt: 'document', response: 'summary' } },
    row: (i) => ({ id: `x${i}`, document: `${answered(i)} ${answered(i + 1)}`, summary: answered(i) }),
  },
  {
    name: 'queries and responses',
    features: { form: 'instruction', fields: { prompt: 'query', response: 'response' } },
    row: (i) => ({ query: asked(i), response: answered(i), type: 'GSM_Rephrased' }),
  },
  {
    name: 'OpenAI fine-tuning',
    features: { form: 'conversation', fields: { messages: 'messages' } },
    row: (i) => ({ messages: chat(i) }),
  },
  {
    name: 'OpenAI fine-tuning with tools',
    features: { form: 'conversation', fields: { messages: 'messages' } },
    row: (i) => ({
      messages: [
        { role: 'user', content: asked(i) },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: `c${i}`, type: 'function', function: { name: 'look_up', arguments: `{"q":"${topic(i)}"}` } },
          ],
        },
        { role: 'tool', tool_call_id: `c${i}`, content: topic(i) },
        { role: 'assistant', content: answered(i) },
      ],
      tools: [{ type: 'function', function: { name: 'look_up' } }],
    }),
  },
  {
    name: 'ShareGPT',
    features: { form: 'conversation', fields: { system: 'system', messages: 'conversations' } },
    row: (i) => ({
      id: `s${i}`,
      system: 'You answer briefly.',
      conversations: [
        { from: 'human', value: asked(i) },
        { from: 'gpt', value: answered(i) },
      ],
    }),
  },
  {
    name: 'Capybara',
    features: { form: 'conversation', fields: { messages: 'conversation' } },
    row: (i) => ({
      source: 'Dove',
      conversation: [
        { input: asked(i), output: 'A moment.' },
        { input: 'Go on.', output: answered(i) },
      ],
    }),
  },
  {
    name: 'Glaive, with calls of functions',
    features: { form: 'conversation', fields: { system: 'system', messages: 'chat' } },
    row: (i) => ({
      system: 'SYSTEM: You may call functions.',
      chat: `USER: ${asked(i)}\n\n\nASSISTANT: <functioncall> {"name": "look_up"} <|endoftext|>\n\n\nFUNCTION RESPONSE: ${i}\n\n\nASSISTANT: ${answered(i)} <|endoftext|>\n\n\n`,
    }),
  },
  {
    name: 'Guanaco',
    features: { form: 'conversation', fields: { messages: 'text' } },
    row: (i) => ({
      text: `### Human: ${asked(i)}### Assistant: A moment.\n### Human: Go on.\n### Assistant: ${answered(i)}`,
    }),
  },
  {
    name: 'ChatML',
    features: { form: 'conversation', fields: { messages: 'text' } },
    row: (i) => ({
      text: `<|im_start|>user\n${asked(i)}<|im_end|>\n<|im_start|>assistant\n${answered(i)}<|im_end|>\n`,
    }),
  },
  {
    name: 'HH-RLHF',
    features: { form: 'preference', fields: { response: 'chosen', rejected: 'rejected' } },
    row: (i) => ({
      chosen: `\n\nHuman: ${asked(i)}\n\nAssistant: ${answered(i)}`,
      rejected: `\n\nHuman: ${asked(i)}\n\nAssistant: ${worse(i)}`,
    }),
  },
  {
    name: 'UltraFeedback, in pairs',
    features: { form: 'preference', fields: { prompt: 'prompt', response: 'chosen', rejected: 'rejected' } },
    row: (i) => ({
      prompt: asked(i),
      prompt_id: `p${i}`,
      chosen: [
        { role: 'user', content: asked(i) },
        { role: 'assistant', content: answered(i) },
      ],
      rejected: [
        { role: 'user', content: asked(i) },
        { role: 'assistant', content: worse(i) },
      ],
      messages: [
        { role: 'user', content: asked(i) },
        { role: 'assistant', content: answered(i) },
      ],
      score_chosen: 8.5,
      score_rejected: 4,
    }),
  },
  {
    name: 'UltraFeedback, ranked',
    features: { form: 'preference', fields: { prompt: 'instruction', response: 'completions' } },
    row: (i) => ({
      source: ['evol_instruct', 'flan'][i % 2]!,
      instruction: asked(i),
      completions: [
        { model: 'a', response: worse(i), overall_score: 3 },
        { model: 'b', response: answered(i), overall_score: 9 },
      ],
    }),
  },
  {
    name: 'KTO',
    features: { form: 'preference', fields: { prompt: 'prompt', response: 'completion' } },
    label: 'label',
    row: (i) => ({ prompt: asked(i), completion: i % 2 ? answered(i) : worse(i), label: i % 2 === 1 }),
  },
  {
    name: 'documents with where they come from',
    features: { form: 'document', fields: { response: 'text' } },
    row: (i) => ({
      text: `${answered(i)} ${answered(i + 1)} ${asked(i)}`,
      url: `https://example.org/${i}`,
      source: 'crawl',
    }),
  },
  {
    name: 'translations under one key',
    features: { form: 'translation', fields: { prompt: 'translation.en', response: 'translation.de' } },
    row: (i) => ({
      id: `${i}`,
      translation: { en: `The book on ${topic(i)}, ${i}`, de: `Das Buch über ${topic(i)}, ${i}` },
    }),
  },
  {
    name: 'translations in two columns',
    features: { form: 'translation', fields: { prompt: 'source', response: 'target' } },
    row: (i) => ({ source: `The book on ${topic(i)}, ${i}`, target: `Das Buch über ${topic(i)}, ${i}` }),
  },
  {
    name: 'functions and their docstrings',
    features: { form: 'code', fields: { prompt: 'func_documentation_string', response: 'func_code_string' } },
    row: (i) => ({
      repository_name: 'maps/legend',
      func_code_string: code(i),
      func_documentation_string: `The sum of all values, from ${i} on.`,
      language: 'python',
    }),
  },
  {
    name: 'files of code',
    features: { form: 'code', fields: { prompt: 'path', response: 'content' } },
    row: (i) => ({ repo_name: `maps/legend${i % 3}`, path: `lib/total_${i}.py`, content: code(i), lang: 'python' }),
  },
  {
    name: 'fill in the middle',
    features: { form: 'code', fields: { prompt: 'prefix', input: 'suffix', response: 'middle' } },
    row: (i) => ({
      prefix: `def total_${i}(values):\n`,
      middle: `    result = sum(values) + ${i}\n`,
      suffix: `    return result + ${i}\n`,
    }),
  },
  {
    name: 'FineWeb',
    features: { form: 'document', fields: { response: 'text' } },
    row: (i) => ({
      text: Array.from({ length: 4 }, (_, k) => answered(i + k)).join(' '),
      dump: 'CC-MAIN-2024-10',
      url: `https://site-${i}.example/${topic(i)}`,
      file_path: `s3://crawl/segment-${i % 7}/part-${i}.warc.gz`,
      language: 'en',
      language_score: 0.9 + i / 1000,
    }),
  },
  {
    name: 'LLaMA-Factory preferences, one message each',
    features: {
      form: 'preference',
      fields: { prompt: 'conversations', response: 'chosen', rejected: 'rejected' },
    },
    row: (i) => ({
      conversations: [{ from: 'human', value: asked(i) }],
      chosen: { from: 'gpt', value: answered(i) },
      rejected: { from: 'gpt', value: worse(i) },
    }),
  },
  {
    name: 'OpenAI preferences',
    features: {
      form: 'preference',
      fields: { prompt: 'input.messages', response: 'preferred_output', rejected: 'non_preferred_output' },
    },
    row: (i) => ({
      input: { messages: [{ role: 'user', content: asked(i) }], tools: [], parallel_tool_calls: true },
      preferred_output: [{ role: 'assistant', content: answered(i) }],
      non_preferred_output: [{ role: 'assistant', content: worse(i) }],
    }),
  },
  {
    name: 'Gemini tuning',
    features: { form: 'conversation', fields: { messages: 'contents' } },
    row: (i) => ({
      contents: [
        { role: 'user', parts: [{ text: asked(i) }] },
        { role: 'model', parts: [{ text: answered(i) }] },
      ],
    }),
  },
  {
    name: 'code to be filled in, as one text',
    features: { form: 'code', fields: { messages: 'text' } },
    row: (i) => {
      const lines = code(i).split('\n')
      return {
        text: `<fim_prefix>${lines[0]}<fim_suffix>${lines.slice(3).join('\n')}<fim_middle>${lines.slice(1, 3).join('\n')}`,
      }
    },
  },
]
