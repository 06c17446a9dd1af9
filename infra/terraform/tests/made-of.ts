import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { besideOf } from './beside.ts'
import { address } from './check-references.ts'
import { TERRAFORM } from './check.ts'
import type { Evaluated, EvaluatedResource } from './evaluate.ts'
import type { Json, JsonObject } from './hcl.ts'
import { entries, isObject, list, type TerraformModule } from './module.ts'

/** `modules/aws/cluster` is kept in `aws-cluster.txt`, a shape of it in `aws-cluster.<shape>.txt`. */
export const fileOf = (folder: string, shape = '') =>
  join(
    TERRAFORM,
    'tests',
    'made-of',
    `${folder.split('/').slice(1).join('-') || folder}${shape === '' ? '' : `.${shape}`}.txt`,
  )

/** What is for people to read. */
const SAID = /\.(description|error_message) = /
/** What differs from day to day. */
const TODAY = /\.time_period\./

/**
 * What a folder is made of, a line for each value: of resources as they are worked out, of inputs (defaults and validations), of calls
 * of modules, of what decides and of what stands beside values as they are written. What all resources of one block have is said once. Texts of documents, which are long, are told apart by a hash.
 */
export function madeOf({ resources }: Evaluated, module: TerraformModule): string[] {
  const own = resources.filter(({ address }) => !address.startsWith('module.'))
  const written = (kind: string, bodies: ReadonlyMap<string, JsonObject>) =>
    [...bodies].flatMap(([name, body]) => leaves(body, `${kind}.${name}`)).filter((line) => !SAID.test(line))
  return [
    ...[...Map.groupBy(own, ({ address }) => address)].flatMap(([address, alike]) => linesOf(address, alike)),
    ...written('var', module.variables),
    ...written('module', module.modules),
    ...reckoned(module, own),
    ...besideOf(module)
      .flatMap(([what, said]) => leaves(said, what))
      .filter((line) => !SAID.test(line)),
  ]
    .filter((line) => !TODAY.test(line))
    .toSorted((a, b) => (a < b ? -1 : 1))
}

function linesOf(address: string, alike: readonly EvaluatedResource[]): string[] {
  const shared = new Map<string, EvaluatedResource[]>()
  for (const one of alike)
    for (const line of leaves(one.values, '')) shared.set(line, [...(shared.get(line) ?? []), one])
  return [
    address,
    ...alike.filter(({ key }) => key !== '').map(({ key }) => `${address}[${JSON.stringify(key)}]`),
    ...[...shared].flatMap(([line, ones]) =>
      ones.length === alike.length
        ? [`${address}${line}`]
        : ones.map(({ key }) => `${address}[${JSON.stringify(key)}]${line}`),
    ),
  ]
}

function leaves(value: Json, at: string): string[] {
  if (value === null) return []
  if (isObject(value)) return entries(value).flatMap(([key, one]) => leaves(one, `${at}.${key}`))
  if (Array.isArray(value) && list(value).some((one) => isObject(one)))
    return list(value).flatMap((one, i) => leaves(one, `${at}.${i}`))
  const said = JSON.stringify(value)
  const isLong = said.length > 240
  return [`${at} = ${isLong ? `sha256:${createHash('sha256').update(said).digest('hex').slice(0, 16)}` : said}`]
}

/** A condition, a function or an operator: what is only handed on shows itself. */
const DECIDES = /\$\{.*([?(<>]|&&|\|\||[!=]=| if )/s

/**
 * Every expression that decides something, as it is written, whatever it comes to by the inputs of the samples: by others it may come to
 * something else. So too what those inputs make nothing of.
 */
function reckoned({ resources, locals }: TerraformModule, made: readonly EvaluatedResource[]): string[] {
  const isMade = new Set(made.map((one) => one.address))
  return [
    ...resources.flatMap((resource) => {
      const { lifecycle: _, depends_on: __, ...body } = resource.body
      return decisions(body, address(resource), !isMade.has(address(resource)))
    }),
    ...[...locals].flatMap(([name, body]) => decisions(body, `local.${name}`, false)),
  ]
}

function decisions(value: Json, at: string, isUnseen: boolean): string[] {
  if (isObject(value))
    return entries(value).flatMap(([key, one]) => decisions(one, `${at}.${key}`, isUnseen || key === 'dynamic'))
  if (Array.isArray(value)) return list(value).flatMap((one, i) => decisions(one, `${at}.${i}`, isUnseen))
  return isUnseen || (typeof value === 'string' && DECIDES.test(value)) ? leaves(value, `${at} as written`) : []
}

/**
 * Where a folder is made otherwise than it was when somebody last read it, each in a line that begins `made: `. Rules know what must be
 * there, and some of what must not be; whatever else is added, taken away or set to something else is seen here, and read again.
 */
export function madeProblems(folder: string, lines: readonly string[], shape = ''): string[] {
  const known = new Set(readFileSync(fileOf(folder, shape), 'utf8').trimEnd().split('\n'))
  const now = new Set(lines)
  const said = (line: string, is: string, was: string) => {
    const [what, value] = line.split(/ = (.*)/s)
    return `made: ${what} is ${value === undefined ? is : `${was} ${value}`}`
  }
  return [
    ...lines.filter((line) => !known.has(line)).map((line) => said(line, 'new here', 'now')),
    ...[...known].filter((line) => !now.has(line)).map((line) => said(line, 'gone', 'no longer')),
  ]
}
