import { existsSync } from 'node:fs'
import { parse } from 'yaml'
import { figuresOnPage } from '#examples/cases/page.ts'
import { CASE_NAMES } from '#examples/cases/cases.ts'
import { ROOT, textAt } from './files.ts'

/** No clock runs: what is said happens with the step that it names, and the row's test shows it. */
export const STEPS = [
  'at once',
  'before it counts',
  'at deployment',
  'the next commit or read',
  'the next read',
  'the next `credence verify --head`',
]

/**
 * How long until something is noticed, with each number from what decides it: `{for Alert}` and `{above Alert}` from the rules of alerts,
 * `{constant file NAME}` from the code, `{setting a.b}` a default of the configuration's schema, `{figure case: what}` from the run of a case.
 * Throws where there is none.
 */
export function resolved(within: string): string {
  return within.replaceAll(/\{(\w+) ([^}]+)\}/g, (_, kind: string, of: string) => {
    const value = valueOf(kind, of)
    if (value === undefined) throw new Error(`${within}: nothing has {${kind} ${of}}`)
    return value
  })
}

/** What a source of a number says it is, as people read it; undefined where there is no such source. */
export function valueOf(kind: string, of: string): string | undefined {
  return KINDS[kind]?.(of)
}

/** Why a statement of time shows nothing, or null. A row that is a limit may say what it likes. */
export function withinProblem(within: string): string | null {
  if (STEPS.includes(within)) return null
  if (!/\{\w+ [^}]+\}/.test(within))
    return `within '${within}' is no number of the system, and none of: ${STEPS.join(', ')}`
  try {
    resolved(within)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

const KINDS: Readonly<Record<string, (of: string) => string | undefined>> = {
  for: (name) => seconds(alertNamed(name)?.for?.match(/^(\d+)m$/)?.[1], 60),
  above: (name) => seconds(alertNamed(name)?.expr.match(/_seconds\) > (\d+)/)?.[1]),
  constant(of) {
    const [file = '', name = ''] = of.split(' ')
    if (!existsSync(`${ROOT}${file}`)) return undefined
    const value = constantOf(textAt(file), name)
    if (name.endsWith('_MS')) return seconds(value, 1 / 1000)
    return name.endsWith('_SECONDS') ? seconds(value) : value
  },
  setting: (path) => (path.endsWith('econds') ? seconds(defaultOf(path)) : defaultOf(path)),
  figure(of) {
    const name = CASE_NAMES.find((one) => of.startsWith(`${one}: `))
    return name && figuresOnPage(name).find(([what]) => of === `${name}: ${what}`)?.[1]
  },
}

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for?: string
}

function alertNamed(name: string): Alert | undefined {
  const { groups } = parse(textAt('deploy/alerts.yaml')) as { groups: readonly { rules: readonly Alert[] }[] }
  return groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === name)
}

/** A number that a file declares, as `15_000`, or a product of such, as `12 * HOURS`. */
function constantOf(text: string, name: string): string | undefined {
  const said = new RegExp(`^(?:export )?const ${name} = ([\\w ]+(?:\\* [\\w ]+)*)$`, 'm').exec(text)?.[1]
  const factors = said?.split(' * ').map((one) => (/^\d/.test(one) ? one.replaceAll('_', '') : constantOf(text, one)))
  if (factors === undefined || factors.includes(undefined)) return undefined
  return String(factors.reduce((product, one) => product * Number(one), 1))
}

/** The default of a setting: of a dataset, as `window.seconds`, or of the whole, as `keys.ttlSeconds`. */
function defaultOf(path: string): string | undefined {
  type Schema = {
    properties?: Record<string, Schema>
    additionalProperties?: Schema
    default?: number | string | boolean | object
  }
  const root = JSON.parse(textAt('app/config/credence.schema.json')) as Schema
  const found = [root.properties?.['datasets']?.additionalProperties, root].map((from) => {
    let at: Schema | undefined = from
    for (const name of path.split('.')) at = at?.properties?.[name]
    return at?.default
  })
  const value = found.find((one) => typeof one === 'number')
  return value === undefined ? undefined : String(value)
}

function seconds(value: string | undefined, times = 1): string | undefined {
  if (value === undefined) return undefined
  const n = Number(value) * times
  if (n >= 3600 && n % 3600 === 0) return `${n / 3600} h`
  return n >= 60 && n % 60 === 0 ? `${n / 60} min` : `${n} s`
}
