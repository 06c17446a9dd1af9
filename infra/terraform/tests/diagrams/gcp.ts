import type { Evaluated, EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { first, list, text } from '../module.ts'
import { barrier, ELSEWHERE, enumerated, id, lines, texts, type Network } from './mermaid.ts'

/** A firewall rule that lets something through. */
interface Passage {
  readonly key: string
  readonly isInbound: boolean
  readonly ranges: readonly string[]
  readonly what: string
}

interface Behind {
  readonly node: string
  readonly label: string
}

interface Model {
  readonly name: string
  readonly machines: readonly EvaluatedResource[]
  /** Ranges of the machines themselves, and of pods and services. */
  readonly own: ReadonlySet<string>
  readonly passages: readonly Passage[]
  readonly isClosed: { readonly in: boolean; readonly out: boolean }
  /** Ranges that routes lead to, besides the network's own; `0.0.0.0/0` where Google's default route is kept. */
  readonly routes: readonly string[]
  readonly hasNat: boolean
  /** Names that lead to Google's APIs, by the address they lead to. */
  readonly names: ReadonlyMap<string, readonly string[]>
  /** What answers in a range: of the passage of that key, or in that range. */
  readonly behind: (passage: Passage) => readonly Behind[]
  readonly perimeter: Perimeter | null
}

interface Perimeter {
  readonly isEnforced: boolean
  readonly services: readonly string[]
  /** Who may come in from outside, and from which access levels. */
  readonly ingress: readonly { readonly identities: readonly string[]; readonly levels: readonly string[] }[]
}

const APIS = 'google_apis'

/** The network as the evaluated module has it: what the firewall lets through, what answers there, and the perimeter around all of it. */
export function networkOf(evaluated: Evaluated): Network {
  const model = modelOf(evaluated)
  return { chart: chartOf(model), reach: reachOf(model) }
}

function chartOf(model: Model): string {
  const { name, machines, passages, isClosed, behind, perimeter } = model
  const behinds = new Map(passages.flatMap(behind).map(({ node, label }) => [node, label]))
  const isInside = (one: Passage) => behind(one).length > 0 || one.ranges.every((range) => model.own.has(range))
  const place = ({ key, ranges }: Passage) => `${id('to', key)}(["${[key, ...ranges].join('<br>')}"])`
  const services = perimeter?.services ?? ['not restricted']
  return [
    'flowchart LR',
    `  subgraph perimeter["VPC Service Controls: ${perimeter === null ? 'none' : perimeter.isEnforced ? 'enforced' : 'only logged'}"]`,
    `    subgraph network["VPC ${name}: ${wayOf(model)}"]`,
    ...machines.map(({ name: subnetwork, values }) => {
      const secondary = list(values['secondary_ip_range']) as JsonObject[]
      const ranges = secondary.map((range) => `${text(range['range_name'])} ${text(range['ip_cidr_range'])}`)
      return `      ${id('subnet', subnetwork)}["${[subnetwork, text(values['ip_cidr_range']), ...ranges].join('<br>')}"]`
    }),
    ...passages.filter(isInside).map((one) => `      ${place(one)}`),
    '    end',
    `    ${APIS}["Google's APIs<br>${lines(services.map(short), 4)}"]`,
    ...[...behinds].filter(([node]) => node !== APIS).map(([node, label]) => `    ${node}[("${label}")]`),
    '  end',
    ...passages.filter((one) => !isInside(one)).map((one) => `  ${place(one)}`),
    ELSEWHERE,
    ...machines.flatMap(({ name: subnetwork }) =>
      passages.map((one) =>
        one.isInbound
          ? `  ${id('to', one.key)} -- "${one.what}" --> ${id('subnet', subnetwork)}`
          : `  ${id('subnet', subnetwork)} -- "${one.what}" --> ${id('to', one.key)}`,
      ),
    ),
    ...passages.flatMap((one) =>
      behind(one).map(
        ({ node, label }) => `  ${id('to', one.key)} ${node === APIS ? `-- "${label}" ` : ''}--> ${node}`,
      ),
    ),
    ...barrier('network', isClosed),
    ...(perimeter?.ingress ?? []).map(
      ({ identities, levels }, i) =>
        `  people_${i}(["${[...identities, `from ${levels.join(', ')}`].join('<br>')}"]) --> ${APIS}`,
    ),
    ...(perimeter === null ? [] : [`  elsewhere ${perimeter.isEnforced ? '--x' : '-- "logged" -->'} ${APIS}`]),
  ].join('\n')
}

function reachOf(model: Model): string {
  const { passages, isClosed, perimeter } = model
  const out = passages
    .filter(({ isInbound }) => !isInbound)
    .map(({ key, what, ranges }) => `\`${key}\` (${ranges.join(', ')}) on ${what}`)
  const into = passages.filter(({ isInbound }) => isInbound).map(({ key, what }) => `\`${key}\` on ${what}`)
  const people = (perimeter?.ingress ?? []).flatMap(
    ({ identities, levels }) => `${enumerated(identities)} from ${enumerated(levels)}`,
  )
  const except = people.length === 0 ? '' : `, except to ${people.join('; ')}`
  return [
    `Machines, pods and services reach ${enumerated(out)}.`,
    into.length === 0 ? '' : `They are reached by ${enumerated(into)}.`,
    isClosed.in && isClosed.out
      ? `The firewall denies everything else, in and out, and there is ${wayOf(model)}.`
      : `The firewall does not deny the rest ${enumerated([...(isClosed.in ? [] : ['inwards']), ...(isClosed.out ? [] : ['outwards'])])}.`,
    perimeter === null
      ? 'No perimeter guards the APIs: whoever has a token reaches them from anywhere.'
      : `Whatever token they hold, the ${perimeter.services.length} APIs ${perimeter.isEnforced ? 'do not answer' : 'log that they answer'} to anyone outside the perimeter${except}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

function modelOf({ resources }: Evaluated): Model {
  const of = (type: string) => resources.filter((one) => one.mode === 'resource' && one.type === type)
  const [network] = of('google_compute_network')
  const rules = of('google_compute_firewall')
  const denies = (direction: string, ranges: string) =>
    rules.some(
      ({ values }) =>
        values['direction'] === direction &&
        texts(values[ranges]).includes('0.0.0.0/0') &&
        list(values['deny']).some((one) => (one as JsonObject)['protocol'] === 'all'),
    )
  const names = new Map<string, string[]>()
  for (const { values } of of('google_dns_response_policy_rule')) {
    const [data] = list(first(values['local_data'] ?? {})['local_datas']) as JsonObject[]
    const address = texts(data?.['rrdatas'])[0] ?? ''
    names.set(address, [...(names.get(address) ?? []), text(values['dns_name']).replace(/\.$/, '')])
  }
  const routes = of('google_compute_route').map(({ values }) => text(values['dest_range']))
  return {
    name: text(network?.values['name']),
    machines: of('google_compute_subnetwork'),
    own: new Set(
      of('google_compute_subnetwork').flatMap(({ values }) => [
        text(values['ip_cidr_range']),
        ...(list(values['secondary_ip_range']) as JsonObject[]).map((range) => text(range['ip_cidr_range'])),
      ]),
    ),
    passages: rules.flatMap(({ key, name, values }) =>
      values['allow'] === undefined
        ? []
        : [
            {
              key: key === '' ? name : key,
              isInbound: values['direction'] === 'INGRESS',
              ranges: texts(values['direction'] === 'INGRESS' ? values['source_ranges'] : values['destination_ranges']),
              what: (list(values['allow']) as JsonObject[])
                .map((allow) => `${text(allow['protocol'])} ${texts(allow['ports']).join(', ')}`.trim())
                .join(', '),
            },
          ],
    ),
    isClosed: { in: denies('INGRESS', 'source_ranges'), out: denies('EGRESS', 'destination_ranges') },
    routes: network?.values['delete_default_routes_on_create'] === true ? routes : ['0.0.0.0/0', ...routes],
    hasNat: of('google_compute_router_nat').length > 0,
    names,
    behind: behindOf(of, names),
    perimeter: perimeterOf(of('google_access_context_manager_service_perimeter')[0]),
  }
}

/** The APIs where their names lead to the range; Redis in the range that is peered; and what an endpoint of the passage's key is for. */
function behindOf(of: (type: string) => readonly EvaluatedResource[], names: Model['names']): Model['behind'] {
  const peered = new Map(
    of('google_compute_global_address').map(({ values }) => [
      `${text(values['address'])}/${text(values['prefix_length'])}`,
      values['name'],
    ]),
  )
  return ({ key, ranges }) => [
    ...ranges
      .flatMap((range) => names.get(range.split('/')[0] ?? '') ?? [])
      .slice(0, 1)
      .map(() => ({
        node: APIS,
        label: ranges.flatMap((range) => names.get(range.split('/')[0] ?? '') ?? []).join('<br>'),
      })),
    ...of('google_redis_instance')
      .filter(({ values }) =>
        ranges.some((range) => peered.has(range) && peered.get(range) === values['reserved_ip_range']),
      )
      .map((one) => ({ node: id('google', one.address), label: `Memorystore ${text(one.values['name'])}<br>peered` })),
    ...of('google_compute_forwarding_rule')
      .filter(({ name }) => name === key)
      .flatMap(({ values }) =>
        of('google_sql_database_instance').filter(({ address }) => text(values['target']).startsWith(`${address}.`)),
      )
      .map((one) => ({
        node: id('google', one.address),
        label: `Cloud SQL ${text(one.values['name'])}<br>Private Service Connect`,
      })),
  ]
}

function perimeterOf(found: EvaluatedResource | undefined): Perimeter | null {
  if (found === undefined) return null
  const [enforced] = list(found.values['status']) as JsonObject[]
  const held = enforced ?? first(found.values['spec'] ?? {})
  return {
    isEnforced: enforced !== undefined,
    services: texts(held['restricted_services']),
    ingress: (list(held['ingress_policies']) as JsonObject[]).map((policy) => {
      const from = first(policy['ingress_from'] ?? {})
      const sources = list(from['sources']) as JsonObject[]
      return {
        identities: texts(from['identities']),
        levels: sources.map((source) => text(source['access_level']).split('/').at(-1) ?? ''),
      }
    }),
  }
}

function wayOf({ routes, hasNat }: Model): string {
  if (routes.length === 0 && !hasNat) return 'no route to the internet, no NAT'
  return [...routes.map((route) => `a route to ${route}`), ...(hasNat ? ['NAT'] : [])].join(', ')
}

function short(service: string): string {
  return service.replace('.googleapis.com', '')
}
