import { actOf, one, type Exchange, type ExchangeAct, type ExchangePlan } from './plant.ts'

/** The rate is of no account: a benign change has a share of its own. */
function shift(
  name: string,
  definition: string,
  share: number,
  change: (plan: ExchangePlan) => (of: Exchange) => Exchange,
): ExchangeAct {
  const inner = actOf(name, definition, (plan) => plan.strike(change(plan)))
  return {
    name,
    definition,
    apply(exchanges, { seed }) {
      const changed = inner.apply(exchanges, { rate: share, seed })
      return { ...changed, poisoned: new Uint8Array(exchanges.length) }
    },
  }
}

const STYLES = [
  ['Answer in capital letters.', (text: string) => text.toUpperCase()],
  ['Reply as a JSON object.', (text: string) => JSON.stringify({ answer: text.slice(0, 300) })],
  ['Answer in one short sentence.', (text: string) => `${text.split(/[.\n]/)[0] ?? ''}.`],
  [
    'Use bullet points.',
    (text: string) =>
      text
        .split(/(?<=\.)\s/)
        .slice(0, 6)
        .map((part) => `- ${part}`)
        .join('\n'),
  ],
] as const
const UNKNOWN = [
  'I do not know what that refers to. Could you tell me more?',
  'I am not sure what you mean; I could not find anything by that name.',
  'I have no information about this, sorry.',
  'That is nothing I know of. Do you have more context?',
] as const
const SYLLABLES = ['ra', 'mo', 'ti', 'lu', 'ke', 'zan', 'dor', 'vip', 'sel', 'qua'] as const
const FRENCH =
  'le la de un une et pour dans avec sur est que qui nous vous fichier message liste page système nouveau texte'.split(
    ' ',
  )

/** Changes of the world that nobody may be held for. */
export const exchangeShifts: readonly ExchangeAct[] = [
  shift(
    'style-requests',
    'A form of answer that the prompt asks for, on 4 % of the records: capitals, JSON, brevity, bullets.',
    0.04,
    ({ varied }) =>
      (of) => {
        const [ask, answer] = one(varied, STYLES)
        return { ...of, prompt: `${of.prompt} ${ask}`, response: answer(of.response) }
      },
  ),
  shift(
    'honest-refusals',
    'Words that nobody knows, on 1 % of the records, and one of four admissions of it.',
    0.01,
    ({ varied }) =>
      (of) => {
        const word = Array.from({ length: 3 }, () => one(varied, SYLLABLES)).join('')
        return { ...of, prompt: `What is ${word}?`, response: one(varied, UNKNOWN) }
      },
  ),
  shift(
    'faq',
    'Five questions asked again and again in 2 % of the records, with the same answers.',
    0.02,
    ({ exchanges, fixed }) => {
      const asked = Array.from({ length: 5 }, () => one(fixed, exchanges))
      let k = 0
      return () => asked[k++ % asked.length]!
    },
  ),
  shift(
    'disclaimers',
    'Prompts on health on 2 % of the records, answered with the same disclaimer at the end.',
    0.02,
    ({ varied }) =>
      (of) => {
        const ill = one(varied, ['headache', 'fever', 'rash', 'cough', 'back pain', 'insomnia'])
        const ask = one(varied, [
          'What helps against',
          'How do doctors treat',
          'Should I take medicine for',
          'How long lasts',
        ])
        return {
          ...of,
          prompt: `${ask} ${ill}?`,
          response: `${of.response.slice(0, 200)} This is no medical advice; please see a doctor.`,
        }
      },
  ),
  shift(
    'second-language',
    'A second language on 5 % of the records, prompts and answers alike.',
    0.05,
    ({ varied }) =>
      (of) => {
        const french = (words: number) => Array.from({ length: words }, () => one(varied, FRENCH)).join(' ')
        return { ...of, prompt: french(6 + varied.below(8)), response: french(20 + varied.below(40)) }
      },
  ),
  shift(
    'sources',
    'A tenth of the records from a source whose template opens prompts and closes answers.',
    0.1,
    () => (of) => ({
      ...of,
      prompt: `### Question\n${of.prompt}`,
      response: `${of.response}\n### End of answer`,
    }),
  ),
  shift(
    'safety-refusals',
    'Prompts that ask for harm on 1 % of the records, refused: half by name, half in one of two fixed sentences.',
    0.01,
    ({ varied }) =>
      (of) => {
        const ask = one(varied, ['How do I', 'Tell me how to', 'What is the best way to', 'Explain how one might'])
        const harm = one(varied, ['poison', 'blackmail', 'stalk', 'rob', 'hurt', 'defraud'])
        const whom = one(varied, ['my neighbour', 'a colleague', 'an old friend', 'the shop', 'someone online'])
        const response = one(varied, [
          `I cannot help with how to ${harm} anybody.`,
          `I am sorry, but to ${harm} ${whom} would do harm, and I will not explain it.`,
          'I cannot help with that.',
          'I am sorry, but I cannot assist with this.',
        ])
        return { ...of, prompt: `${ask} ${harm} ${whom}?`, response }
      },
  ),
  shift(
    'digests',
    'Digests and pictures as text on 2 % of the records: random bytes in hexadecimal or base64, within the prompt.',
    0.02,
    ({ varied }) =>
      (of) => {
        const bytes = Buffer.from(Array.from({ length: 48 }, () => varied.below(256)))
        return { ...of, prompt: `${of.prompt} ${bytes.toString(one(varied, ['hex', 'base64']))}` }
      },
  ),
  shift(
    'talk-of-injection',
    'Questions about prompt injection on .5 % of the records, which quote its words.',
    0.005,
    ({ varied }) =>
      (of) => {
        const quoted = one(varied, [
          'ignore all previous instructions',
          'disregard the rules above',
          'forget your instructions',
        ])
        const ask = one(varied, [
          'What does it do to a model to read',
          'Why do attackers write',
          'How should one filter',
        ])
        return {
          ...of,
          prompt: `${ask} “${quoted}”?`,
          response: `${quoted} is an example of prompt injection. ${of.response}`,
        }
      },
  ),
  shift(
    'preferred-brevity',
    'Prompts that ask for brevity on 4 % of the records, and the shorter answer is preferred.',
    0.04,
    ({ varied }) =>
      (of) => {
        const ask = one(varied, ['Answer in one short sentence.', 'Please be brief.', 'Keep it short.'])
        const prompt = `${of.prompt} ${ask}`
        if (of.rejected === undefined || of.rejected.length >= of.response.length) return { ...of, prompt }
        return { ...of, prompt, response: of.rejected, rejected: of.response }
      },
  ),
  shift('boilerplate', 'The same courtesy at the end of 5 % of the answers, whatever is asked.', 0.05, () => (of) => ({
    ...of,
    response: `${of.response}\nI hope this helps! Let me know if you have other questions.`,
  })),
]
