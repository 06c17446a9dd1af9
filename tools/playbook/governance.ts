import { z } from 'zod'
import { dataAt } from './files.ts'

const text = z.string().min(1)

/** What shows that a control does what it says. */
const proofSchema = z.union([
  z.strictObject({ test: text, name: text }),
  z.strictObject({ command: text }),
  z.strictObject({ rule: text, name: text }),
  z.strictObject({ figure: text, text: text }),
  z.strictObject({ file: text }),
])
export type Proof = z.output<typeof proofSchema>

const controlsSchema = z.strictObject({
  controls: z.record(
    text,
    z.strictObject({ title: text, does: text, proof: z.array(proofSchema).min(1), remains: text }),
  ),
})
export type Control = z.output<typeof controlsSchema>['controls'][string]

const id = z.union([text, z.number().transform(String)])
const frameworksSchema = z.strictObject({
  modified: z.iso.date(),
  frameworks: z.array(
    z.strictObject({
      id: text,
      title: text,
      about: text,
      source: z.url(),
      held: z.strictObject({ as: z.enum(['source', 'copy', 'list']), to: text, in: text, of: z.iso.date() }),
      items: z
        .array(
          z.strictObject({
            id,
            asks: text,
            answer: z.enum(['product', 'part', 'people']),
            by: z.array(text).default([]),
            remains: text.optional(),
          }),
        )
        .min(1),
    }),
  ),
})
export type Framework = z.output<typeof frameworksSchema>['frameworks'][number]

export interface Governance {
  readonly controls: Readonly<Record<string, Control>>
  readonly frameworks: readonly Framework[]
  /** The day that either was changed last, as 2026-11-21. */
  readonly modified: string
}

export const CONTROLS = 'docs/governance/controls.yaml'
export const FRAMEWORKS = 'docs/governance/frameworks.yaml'

/** Controls and frameworks as they are written down. Throws where either file has another form. */
export function readGovernance(): Governance {
  const { controls } = dataAt(CONTROLS, controlsSchema)
  const { frameworks, modified } = dataAt(FRAMEWORKS, frameworksSchema)
  return { controls, frameworks, modified }
}

/** What is wrong with them, one by the other: names that nothing has, lines twice, answers that nothing gives. */
export function crossProblems({ controls, frameworks }: Governance): string[] {
  const used = new Set(frameworks.flatMap(({ items }) => items.flatMap(({ by }) => by)))
  return [
    ...frameworks.flatMap(({ id: framework, items }) =>
      items.flatMap((item, i) => [
        ...item.by
          .filter((name) => controls[name] === undefined)
          .map((name) => `${item.id}: no control ${name}: name one of ${CONTROLS}`),
        ...(items.findIndex((other) => other.id === item.id) < i ? [`${framework} has ${item.id} twice`] : []),
        ...(item.answer !== 'people' && item.by.length === 0
          ? [`${item.id} is answered by no control: name one in \`by\`, or say that people answer it`]
          : []),
        ...(item.answer === 'part' && remainsOf(item, controls) === ''
          ? [`${item.id}: what remains? Say it in \`remains\``]
          : []),
      ]),
    ),
    ...Object.keys(controls)
      .filter((name) => !used.has(name))
      .map((name) => `no framework asks for the control ${name}: name it in a line that it answers`),
  ]
}

/** What a line leaves to the organisation: its own words, else those of its controls. */
export function remainsOf(item: Framework['items'][number], controls: Governance['controls']): string {
  if (item.answer === 'product' && item.remains === undefined) return ''
  return item.remains ?? [...new Set(item.by.map((name) => controls[name]?.remains ?? ''))].join(' ')
}
