import type { Evaluated, EvaluatedResource } from '../evaluate.ts'
import type { Json, JsonObject } from '../hcl.ts'
import { first, text } from '../module.ts'
import { barrier, ELSEWHERE, enumerated, id, texts, type Network } from './mermaid.ts'

interface Rule {
  readonly subnet: EvaluatedResource
  readonly isInbound: boolean
  readonly isAllowed: boolean
  readonly protocol: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly ports: readonly string[]
}

/** Between two ends, each an address range or a service tag. */
interface Passage {
  readonly from: string
  readonly to: string
  readonly what: string
}

interface Endpoint {
  readonly subnet: string
  readonly part: string
  readonly zones: readonly string[]
  readonly behind: EvaluatedResource
}

interface Model {
  readonly space: string
  readonly subnets: readonly EvaluatedResource[]
  /** Subnets by their address ranges. */
  readonly ranges: ReadonlyMap<string, EvaluatedResource>
  readonly rules: readonly Rule[]
  readonly passages: readonly Passage[]
  readonly endpoints: readonly Endpoint[]
  readonly peers: readonly string[]
  /** The firewall that all that leaves goes through; null where there is no way out. */
  readonly hop: string | null
}

const ANY = '*'

/** The network as the evaluated module has it: what the rules of both ends let through, where routes lead, and what is behind each endpoint. */
export function networkOf(evaluated: Evaluated): Network {
  const model = modelOf(evaluated)
  return { chart: chartOf(model), reach: reachOf(model) }
}

function chartOf({ space, subnets, ranges, rules, passages, endpoints, peers, hop }: Model): string {
  const node = (end: string) => id(ranges.has(end) ? 'subnet' : 'outside', ranges.get(end)?.key ?? end)
  const outside = [...new Set(passages.flatMap(({ from, to }) => [from, to]))].filter((end) => !ranges.has(end))
  const peered = outside.filter((end) => end.includes('/'))
  return [
    'flowchart LR',
    `  subgraph vnet["virtual network ${space}"]`,
    ...subnets.flatMap((subnet) => {
      const title = `["subnet ${subnet.key}<br>${texts(subnet.values['address_prefixes']).join(', ')}"]`
      const within = endpoints.filter((one) => one.subnet === subnet.id)
      if (within.length === 0) return [`    ${id('subnet', subnet.key)}${title}`]
      const shown = within.map(({ part, zones }) => `      ${id('endpoint', part)}["${[part, ...zones].join('<br>')}"]`)
      return [`    subgraph ${id('subnet', subnet.key)}${title}`, ...shown, '    end']
    }),
    '  end',
    ...(peered.length === 0 ? [] : [`  subgraph peered["peered: ${peers.join(', ')}"]`]),
    ...peered.map((end) => `    ${node(end)}["${end}"]`),
    ...(peered.length === 0 ? [] : ['  end']),
    ...outside.filter((end) => !peered.includes(end)).map((end) => `  ${node(end)}(["${end}"])`),
    ...(hop === null ? [] : [`  hop["firewall ${hop}"]`]),
    ELSEWHERE,
    ...new Set(
      passages.flatMap(({ from, to, what }) => {
        if (ranges.has(to)) return [`  ${node(from)} -- "${what}" --> ${node(to)}`]
        if (hop === null) return [`  ${node(from)} -- "no route" --x ${node(to)}`]
        return [`  ${node(from)} -- "${what}" --> hop`, `  hop -- "${what}" --> ${node(to)}`]
      }),
    ),
    ...subnets.flatMap((subnet) =>
      barrier(id('subnet', subnet.key), { in: isClosed(rules, subnet, true), out: isClosed(rules, subnet, false) }),
    ),
    ...endpoints.map(({ part, behind }) => {
      const label = [behind.type.slice('azurerm_'.length).replaceAll('_', ' '), text(behind.values['name'])]
      return `  ${id('endpoint', part)} --> ${id('azure', behind.address)}["${[...label, `public access: ${publicAccess(behind)}`].join('<br>')}"]`
    }),
  ].join('\n')
}

function reachOf({ subnets, ranges, rules, passages, endpoints, hop }: Model): string {
  const word = (end: string) => {
    const subnet = ranges.get(end)
    if (subnet === undefined) return end.includes('/') ? `the peered range ${end}` : `\`${end}\``
    return `the subnet \`${subnet.key}\``
  }
  const within = passages.filter(({ to }) => ranges.has(to))
  const leaving = passages.filter(({ to }) => !ranges.has(to))
  const destinations = enumerated(leaving.map(({ to, what }) => `${word(to)} (${what})`))
  const open = subnets.flatMap((subnet) =>
    [true, false]
      .filter((isInbound) => !isClosed(rules, subnet, isInbound))
      .map((isInbound) => `${isInbound ? 'into' : 'out of'} \`${subnet.key}\``),
  )
  const isPublic = endpoints.filter(({ behind }) => publicAccess(behind) !== 'off').map(({ part }) => `\`${part}\``)
  return [
    ...within.map(({ from, to, what }) => `${capital(word(from))} reaches ${word(to)} on ${what}.`),
    leaving.length === 0 || hop === null
      ? 'Nothing leaves the network: there is no route.'
      : `The firewall at ${hop} is the one way out: ${destinations}, where it lets them through.`,
    open.length === 0
      ? 'The rules deny everything else, into and out of every subnet.'
      : `The rules do not deny the rest ${enumerated(open)}.`,
    isPublic.length === 0
      ? 'What is behind the endpoints has no public address that answers.'
      : `Reached from public addresses too: ${enumerated(isPublic)}.`,
  ].join(' ')
}

function modelOf({ resources }: Evaluated): Model {
  const of = (type: string) => resources.filter((one) => one.mode === 'resource' && one.type === type)
  const byId = new Map(resources.map((one) => [one.id, one]))
  const found = (reference: Json | undefined) => {
    const one = byId.get(text(reference))
    if (one === undefined) throw new Error(`nothing has the id ${text(reference)}`)
    return one
  }
  const subnets = of('azurerm_subnet')
  const ranges = new Map(
    subnets.flatMap((subnet) => texts(subnet.values['address_prefixes']).map((range) => [range, subnet])),
  )
  const subnetOf = new Map(
    of('azurerm_subnet_network_security_group_association').map(({ values }) => [
      found(values['network_security_group_id']).values['name'],
      found(values['subnet_id']),
    ]),
  )
  const rules = of('azurerm_network_security_rule').flatMap(({ values }) => {
    const subnet = subnetOf.get(values['network_security_group_name'])
    return subnet === undefined ? [] : [ruleOf(subnet, values)]
  })
  const routes = of('azurerm_subnet_route_table_association').flatMap(
    ({ values }) => found(values['route_table_id']).values['route'] ?? [],
  )
  const hops = routes.flatMap((route) => texts((route as JsonObject)['next_hop_in_ip_address'] ?? []))
  return {
    space: of('azurerm_virtual_network')
      .flatMap(({ values }) => texts(values['address_space']))
      .join(', '),
    subnets,
    ranges,
    rules,
    passages: rules.flatMap((rule) => passagesOf(rule, rules, ranges)),
    endpoints: of('azurerm_private_endpoint').map(({ values }) => {
      const connection = first(values['private_service_connection'] ?? {})
      const zones = texts(first(values['private_dns_zone_group'] ?? {})['private_dns_zone_ids'])
      return {
        subnet: text(values['subnet_id']),
        part: texts(connection['subresource_names']).join(', '),
        zones: zones.map((zone) => text(found(zone).values['name'])),
        behind: found(connection['private_connection_resource_id']),
      }
    }),
    peers: of('azurerm_virtual_network_peering').map(
      ({ values }) => text(values['remote_virtual_network_id']).split('/').at(-1) ?? '',
    ),
    hop: hops.length === 0 ? null : hops.join(', '),
  }
}

function ruleOf(subnet: EvaluatedResource, values: JsonObject): Rule {
  const either = (one: string, many: string) => texts(values[one] ?? values[many])
  return {
    subnet,
    isInbound: values['direction'] === 'Inbound',
    isAllowed: values['access'] === 'Allow',
    protocol: text(values['protocol']),
    from: either('source_address_prefix', 'source_address_prefixes'),
    to: either('destination_address_prefix', 'destination_address_prefixes'),
    ports: either('destination_port_range', 'destination_port_ranges'),
  }
}

/** What a rule lets through from one place to another; between two subnets, as far as the other's rules do so too. */
function passagesOf(rule: Rule, rules: readonly Rule[], ranges: Model['ranges']): Passage[] {
  if (!rule.isAllowed) return []
  return rule.from.flatMap((from) =>
    rule.to.flatMap((to) => {
      const target = ranges.get(to)
      if (from === to) return []
      if (target === undefined || !ranges.has(from)) return [{ from, to, what: whatOf(rule.protocol, rule.ports) }]
      if (rule.isInbound) return []
      return rules
        .filter((one) => one.isAllowed && one.isInbound && one.subnet === target && one.from.includes(from))
        .map((one) => ({
          from,
          to,
          what: whatOf(
            rule.protocol === ANY ? one.protocol : rule.protocol,
            rule.ports.includes(ANY)
              ? one.ports
              : rule.ports.filter((port) => [port, ANY].some((taken) => one.ports.includes(taken))),
          ),
        }))
    }),
  )
}

function whatOf(protocol: string, ports: readonly string[]): string {
  const word = protocol === ANY ? 'any protocol' : protocol.toLowerCase()
  return ports.includes(ANY) ? `any port of ${word}` : `${word} ${ports.join(', ')}`
}

function isClosed(rules: readonly Rule[], subnet: EvaluatedResource, isInbound: boolean): boolean {
  return rules.some(
    (rule) =>
      rule.subnet === subnet &&
      rule.isInbound === isInbound &&
      !rule.isAllowed &&
      [rule.protocol, ...rule.from, ...rule.to, ...rule.ports].every((part) => part === ANY),
  )
}

/** `off` where a resource says that nothing public reaches it. */
function publicAccess({ values }: EvaluatedResource): string {
  const said = [
    values['public_network_access_enabled'] ?? values['public_network_access'],
    values['ingestion_access_mode'],
    values['query_access_mode'],
  ].filter((one) => one !== undefined)
  const isOff = said.length > 0 && said.every((one) => one === false || one === 'Disabled' || one === 'PrivateOnly')
  return isOff ? 'off' : 'on'
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
