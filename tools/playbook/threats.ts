import { z } from 'zod'
import { OBJECTS } from '../../infra/permissions/access.ts'
import { PRINCIPALS, type Principal } from '../../infra/permissions/entry.ts'
import { seededRandom } from '#core/random.ts'
import { dataAt } from './files.ts'
import { flows } from './flows.ts'
import type { Governance } from './governance.ts'
import { resolved, withinProblem } from './within.ts'

export const THREATS = 'docs/governance/threats.yaml'

const text = z.string().min(1)
const LETTERS = {
  S: 'spoofing',
  T: 'tampering',
  R: 'repudiation',
  I: 'disclosure',
  D: 'denial',
  E: 'elevation',
} as const
const stride = z.record(text, z.strictObject({ S: text, T: text, R: text, I: text, D: text, E: text }))
type Row = z.output<typeof stride>[string]
const range = z.tuple([z.number().min(0), z.number().min(0), z.number().min(0)])
const attacker = z.strictObject({
  holds: text,
  tries: text,
  comes: text,
  notices: text,
  within: text,
  atlas: z.string().regex(/^AML\.T\d{4}(?:\.\d{3})?$/),
  shows: z.strictObject({ test: text, name: text }).optional(),
  limit: text.optional(),
})
const schema = z.strictObject({
  attackers: z.array(attacker),
  stride: z.strictObject({ services: stride, stores: stride, flows: stride }),
  loss: z.strictObject({
    scenario: text,
    attempts: range,
    passes: range,
    passesWithout: range,
    retrain: range,
    respond: range,
    harm: range,
  }),
})
export type Threats = z.output<typeof schema>

export const readThreats = (): Threats => dataAt(THREATS, schema)

/** Where objects are, by the first part of their path, as the statement of permissions has them. */
export function zones(): string[] {
  return [...new Set(OBJECTS.map(({ path }) => path.split('/')[0]!))].sort()
}

/** What is missing from the threats, by what the code says there is: every service, every zone, and controls that exist. */
export function threatProblems({ attackers, stride }: Threats, { controls }: Governance): string[] {
  const differ = (what: string, has: readonly string[], is: readonly string[]) => [
    ...is.filter((name) => !has.includes(name)).map((name) => `${what} ${name} has no row: add one under \`stride\``),
    ...has.filter((name) => !is.includes(name)).map((name) => `there is no ${what} ${name}: take its row away`),
  ]
  const cells = Object.values(stride)
    .flatMap(Object.entries<Row>)
    .flatMap(([name, row]) =>
      Object.values(row)
        .filter((cell) => !cell.startsWith('limit: ') && controls[cell] === undefined)
        .map((cell) => `${name}: no control ${cell}: name one of docs/governance/controls.yaml, or say a limit`),
    )
  return [
    ...differ('service', Object.keys(stride.services), Object.keys(PRINCIPALS)),
    ...differ('zone', Object.keys(stride.stores), zones()),
    ...differ('flow', Object.keys(stride.flows), [...flows().keys()]),
    ...cells,
    ...attackers
      .filter(({ shows, limit }) => (shows === undefined) === (limit === undefined))
      .map(({ holds, tries }) => `${holds}, ${tries}: a test or a limit, one of them`),
    ...attackers.flatMap(({ holds, within, limit }) => {
      const says = limit === undefined ? withinProblem(within) : null
      return says === null ? [] : [`${holds}: ${says}`]
    }),
  ]
}

/** docs/governance/threats.md. */
export function threatsPage(threats: Threats, { controls }: Governance): string {
  const attackers = threats.attackers.map(({ holds, tries, comes, notices, within, atlas, shows, limit }) => {
    const proof = shows === undefined ? `limit: ${limit}` : `“${shows.name}” ([test](../../${shows.test}))`
    return `| ${holds} | ${tries} | ${comes} | ${notices} | ${resolved(within)} | ${atlas} | ${proof} |`
  })
  const cell = (value: string) =>
    value.startsWith('limit: ') ? value : `[${controls[value]?.title ?? value}](controls.md#${value})`
  const table = (rows: Threats['stride']['stores'], first: string) =>
    [
      `| ${first} | ${Object.values(LETTERS).join(' | ')} |`,
      `| --- |${' --- |'.repeat(6)}`,
      ...Object.entries(rows).map(([name, row]) => `| ${name} | ${Object.values(row).map(cell).join(' | ')} |`),
    ].join('\n')
  return `# Threats, flow by flow

<!-- Made by \`npm run playbook:write\` from threats.yaml and infra/permissions: change them there. -->

Who achieves what by what they hold, and what threatens each service and store. Each attack is a test, or a limit that is said. The
[threat model](../threat-model.md) has more attacks on what was decided.

## Who reaches what

Made from the statement of [permissions](../permissions.md), which is held against the calls that tests saw. How services reach stores, on which ports, is drawn
in [networks](../networks.md).

![Flows of data between services and stores](../playbook/diagrams/flows.svg)

${reachTable()}

## By what an attacker holds

| holds | tries | what comes of it | who notices | within | ATLAS | shown by |
| --- | --- | --- | --- | --- | --- | --- |
${attackers.join('\n')}

Times are made from what decides them: rules in [alerts.yaml](../../deploy/alerts.yaml), constants of the code, defaults of the configuration, figures of
[case studies](../case-studies/README.md). “At once” and “the next …” have no clock: the test of the row shows the step. Where a limit is said, the time is a statement.

## STRIDE, by service

${table(threats.stride.services, 'service')}

## STRIDE, by store

${table(threats.stride.stores, 'zone')}

## STRIDE, by flow

What passes between them: between services and a cloud as the statement of permissions has it, and what needs no permission of a cloud.

${between()}

${table(threats.stride.flows, 'flow')}

## What it may cost: a worked example

${lossText(threats.loss)}`
}

function between(): string {
  const rows = [...flows()].map(([flow, ends]) => `| ${flow} | ${ends} |`)
  return ['| flow | who is at its ends |', '| --- | --- |', ...rows].join('\n')
}

/** What each service does to each zone. */
export function reach(): Map<Principal, Map<string, Set<string>>> {
  const found = new Map<Principal, Map<string, Set<string>>>()
  for (const { who, does, path } of OBJECTS) {
    const zone = path.split('/')[0]!
    for (const one of who) {
      const row = found.get(one) ?? new Map<string, Set<string>>()
      row.set(zone, new Set([...(row.get(zone) ?? []), ...does]))
      found.set(one, row)
    }
  }
  return found
}

function reachTable(): string {
  const names = zones()
  const rows = [...reach()].map(([who, row]) => {
    const cells = names.map((zone) => [...(row.get(zone) ?? [])].sort().join(', ') || '–')
    return `| ${who} | ${cells.join(' | ')} |`
  })
  return [`| | ${names.join(' | ')} |`, `| --- |${' --- |'.repeat(names.length)}`, ...rows].join('\n')
}

const DRAWS = 20_000

/** Loss a year, simulated: the number of attempts times those that pass, times what one costs. Triangular ranges, one seed. */
function lossText({ scenario, ...inputs }: Threats['loss']): string {
  const random = seededRandom(1, 'fair')
  const draw = ([least, likely, most]: readonly [number, number, number]) => {
    const u = random.next()
    const cut = most === least ? 0 : (likely - least) / (most - least)
    return u < cut
      ? least + Math.sqrt(u * (most - least) * (likely - least))
      : most - Math.sqrt((1 - u) * (most - least) * (most - likely))
  }
  const years = Array.from({ length: DRAWS }, () => {
    const one = draw(inputs.retrain) + draw(inputs.respond) + draw(inputs.harm)
    const attempts = draw(inputs.attempts)
    return { with: attempts * draw(inputs.passes) * one, without: attempts * draw(inputs.passesWithout) * one }
  })
  const at = (which: 'with' | 'without', share: number) => {
    const sorted = years.map((year) => year[which]).sort((a, b) => a - b)
    return Math.round(sorted[Math.floor(share * (DRAWS - 1))]! / 1000) * 1000
  }
  const dollars = (n: number) => `$${n.toLocaleString('en-US')}`
  const row = (name: string, of: readonly number[]) =>
    `| ${name} | ${of.map((n) => n.toLocaleString('en-US')).join(' | ')} |`
  const result = (name: string, which: 'with' | 'without') =>
    `| ${name} | ${dollars(at(which, 0.1))} | ${dollars(at(which, 0.5))} | ${dollars(at(which, 0.9))} |`
  return `${scenario}. The inputs are examples, not findings: put yours into threats.yaml. Ranges are triangular; ${DRAWS.toLocaleString('en-US')} years are drawn.

| input | least | likely | most |
| --- | --- | --- | --- |
${row('attempts a year', inputs.attempts)}
${row('share that passes, scanned and reviewed', inputs.passes)}
${row('share that passes without', inputs.passesWithout)}
${row('retraining, $', inputs.retrain)}
${row('responding, $', inputs.respond)}
${row('harm to users and name, $', inputs.harm)}

| loss a year | one year in ten below | half of the years below | nine in ten below |
| --- | --- | --- | --- |
${result('with', 'with')}
${result('without', 'without')}
`
}
