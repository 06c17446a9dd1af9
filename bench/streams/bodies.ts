import { seededRandom } from '#core/random.ts'

export const KINDS = ['table', 'text'] as const
export type Kind = (typeof KINDS)[number]

const WORDS =
  'account agree answer arrive basis before billing brief call change clear close come contract copy daily date deliver detail early ending estimate figure follow forward friend general hello hours inform invoice join kindly later letter meeting message minute monday morning notice number offer office order payment people phone please point project question reach ready reason regards remind report request review schedule second send server service share sign simple soon status subject summary system team thanks today total tomorrow travel update urgent value visit wait week weekly welcome work write yesterday'.split(
    ' ',
  )

/** Seeded JSON records of about 1 KiB each, as UTF-8; every one meets the contract of its kind. */
export function makeBodies(kind: Kind, count: number, seed = 0): Buffer[] {
  const random = seededRandom(seed, `bench/bodies/${kind}`)
  const words = (length: number) => {
    let text = ''
    while (text.length < length) text += `${WORDS[random.below(WORDS.length)] ?? ''} `
    return text.slice(0, length)
  }
  return Array.from({ length: count }, (_, i) => {
    const label = i % 2
    const fields =
      kind === 'text'
        ? { subject: words(40), text: words(900), label, sender: `sender-${random.below(50)}` }
        : {
            ...Object.fromEntries(COLUMNS.map(({ name }) => [name, label + random.normal()])),
            place: `place-${random.below(20)}`,
            note: words(460),
            label,
          }
    return Buffer.from(JSON.stringify(fields))
  })
}

const COLUMNS = Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, type: 'number' }))

/** The contract that those records meet, as a contract file has it. */
export function contractFor(kind: Kind): object {
  const number = { type: 'number' }
  const text = { type: 'string' }
  const label = { enum: [0, 1] }
  if (kind === 'text') {
    const properties = { subject: text, text, label, sender: text }
    const schema = { type: 'object', required: Object.keys(properties), properties }
    return { version: 1, features: { kind: 'text', field: 'text' }, label: 'label', contributor: 'sender', schema }
  }
  const numbers = Object.fromEntries(COLUMNS.map(({ name }) => [name, number]))
  const properties = { ...numbers, place: text, note: text, label }
  const columns = [...COLUMNS, { name: 'place', type: 'category' }]
  const schema = { type: 'object', required: Object.keys(properties), properties }
  return { version: 1, features: { kind: 'table', columns }, label: 'label', schema }
}
