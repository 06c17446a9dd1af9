import { BlockList } from 'node:net'
import type { EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'

/** One connection: addresses, or the service tag of what lies outside. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly port: number
}

type Side = 'endpoints' | 'services'

/**
 * Whether the security groups of an evaluated module let a connection through: out of the subnet that it comes from, and into the one that
 * it goes to. Of a group's rules that match, the one with the lowest number decides; where none does, Azure's own let networks talk and
 * everything out, and nothing in. (Azure documentation, network security groups: default security rules.)
 */
export function passes(resources: readonly EvaluatedResource[], { from, to, port }: Flow): boolean {
  const subnets = resources.filter(({ type }) => type === 'azurerm_subnet')
  const subnetOf = (address: string) =>
    subnets.find(({ values }) => list(values['address_prefixes']).some((prefix) => holds(text(prefix), address)))?.key
  const judge = (side: string | undefined, direction: 'Inbound' | 'Outbound', isWithin: boolean): boolean => {
    if (side === undefined) return true
    const group = groupOf(resources, side as Side)
    const [first] = resources
      .filter(({ type, values }) => type === 'azurerm_network_security_rule' && values['direction'] === direction)
      .filter(({ values }) => group !== null && values['network_security_group_name'] === group)
      .filter(
        ({ values }) =>
          ['*', 'Tcp'].includes(text(values['protocol'])) &&
          ends(values, 'source_address', from) &&
          ends(values, 'destination_address', to) &&
          ports(values, port),
      )
      .toSorted((a, b) => rank(a.values) - rank(b.values))
    return first === undefined ? isWithin || direction === 'Outbound' : first.values['access'] === 'Allow'
  }
  const isWithin = subnetOf(from) !== undefined && subnetOf(to) !== undefined
  return judge(subnetOf(from), 'Outbound', isWithin) && judge(subnetOf(to), 'Inbound', isWithin)
}

/** Azure takes no two rules of one direction and number: of such, the denial counts. */
function rank({ priority, access }: JsonObject): number {
  return Number(priority) + (access === 'Deny' ? 0 : 0.5)
}

/** The group that a subnet wears, by its name; null where it wears none. */
function groupOf(resources: readonly EvaluatedResource[], side: Side): string | null {
  const worn = resources.find(
    ({ type, values }) =>
      type === 'azurerm_subnet_network_security_group_association' && text(values['subnet_id']).includes(`"${side}"`),
  )
  const group = resources.find(
    ({ type, id }) => type === 'azurerm_network_security_group' && id === worn?.values['network_security_group_id'],
  )
  return group === undefined ? null : text(group.values['name'])
}

function ends(values: JsonObject, name: string, address: string): boolean {
  const given = [...list(values[`${name}_prefix`]), ...list(values[`${name}_prefixes`])].map(text)
  return given.some((one) => one === '*' || one === address || holds(one, address))
}

function ports(values: JsonObject, port: number): boolean {
  const given = [...list(values['destination_port_range']), ...list(values['destination_port_ranges'])].map(text)
  return given.some((one) => {
    const [least = NaN, most = least] = one.split('-').map(Number)
    return one === '*' || (port >= least && port <= most)
  })
}

function holds(prefix: string, address: string): boolean {
  const [net = '', bits] = prefix.split('/')
  if (bits === undefined || !/^[\d.]+$/.test(net) || !/^[\d.]+$/.test(address)) return false
  const block = new BlockList()
  block.addSubnet(net, Number(bits))
  return block.check(address)
}

const SERVICE = '10.40.16.5'
const ENDPOINT = '10.40.0.5'
const CLIENT = '10.8.0.9'
const IN_USE = [443, 5671, 5432, 10000]

/** What passes, and what does not, in the module as it is sampled. */
export const FLOWS: readonly (readonly [flow: Flow, passes: boolean])[] = [
  ...IN_USE.map((port) => [{ from: SERVICE, to: ENDPOINT, port }, true] as const),
  ...IN_USE.map((port) => [{ from: CLIENT, to: ENDPOINT, port }, true] as const),
  ...[22, 3389, 6379, 445].flatMap((port) => [
    [{ from: SERVICE, to: ENDPOINT, port }, false] as const,
    [{ from: CLIENT, to: ENDPOINT, port }, false] as const,
  ]),
  [{ from: SERVICE, to: '10.40.17.9', port: 8080 }, true],
  [{ from: 'AzureLoadBalancer', to: SERVICE, port: 8080 }, true],
  [{ from: 'AzureLoadBalancer', to: ENDPOINT, port: 443 }, false],
  ...['10.9.0.9', '8.8.8.8', 'Internet', 'AzureCloud', '192.168.0.1'].flatMap((from) => [
    [{ from, to: ENDPOINT, port: 443 }, false] as const,
    [{ from, to: SERVICE, port: 443 }, false] as const,
    [{ from, to: SERVICE, port: 22 }, false] as const,
  ]),
  [{ from: CLIENT, to: SERVICE, port: 443 }, false],
  ...['AzureActiveDirectory', 'AzureMonitor', 'MicrosoftContainerRegistry', 'AzureFrontDoor.FirstParty'].flatMap(
    (to) => [
      [{ from: SERVICE, to, port: 443 }, true] as const,
      [{ from: SERVICE, to, port: 80 }, false] as const,
      [{ from: ENDPOINT, to, port: 443 }, false] as const,
    ],
  ),
  ...['8.8.8.8', 'Internet', 'Storage', 'AzureCloud', '10.9.0.9', CLIENT].flatMap((to) => [
    [{ from: SERVICE, to, port: 443 }, false] as const,
    [{ from: ENDPOINT, to, port: 443 }, false] as const,
    [{ from: SERVICE, to, port: 53 }, false] as const,
  ]),
  [{ from: ENDPOINT, to: SERVICE, port: 443 }, false],
]

/** The zone that clients look an endpoint up in, by what it is of. */
const ZONES: Readonly<Record<string, readonly string[]>> = {
  namespace: ['privatelink.servicebus.windows.net'],
  blob: ['privatelink.blob.core.windows.net'],
  dfs: ['privatelink.dfs.core.windows.net'],
  vault: ['privatelink.vaultcore.azure.net'],
  postgresqlServer: ['privatelink.postgres.database.azure.com'],
  redisEnterprise: ['privatelink.redis.azure.net'],
  registry: ['privatelink.azurecr.io'],
  azuremonitor: [
    'privatelink.monitor.azure.com',
    'privatelink.oms.opinsights.azure.com',
    'privatelink.ods.opinsights.azure.com',
    'privatelink.agentsvc.azure-automation.net',
    'privatelink.blob.core.windows.net',
  ],
}

/** Connections and names that come out otherwise than they are to, each in a line that begins `flows: `. */
export function flowProblems(resources: readonly EvaluatedResource[]): string[] {
  const problems = FLOWS.flatMap(([flow, expected]) => {
    const actual = passes(resources, flow)
    return actual === expected
      ? []
      : [`flows: ${flow.from} ${actual ? 'reaches' : 'does not reach'} ${flow.to} on ${flow.port}`]
  })
  const of = (type: string) => resources.filter((one) => one.type === type)
  const nameOf = (id: string) => text(of('azurerm_private_dns_zone').find((one) => one.id === id)?.values['name'])
  for (const { values } of of('azurerm_private_endpoint')) {
    const [connection] = list(values['private_service_connection']) as JsonObject[]
    const part = text(list(connection?.['subresource_names'])[0])
    const [group] = list(values['private_dns_zone_group']) as JsonObject[]
    const zones = list(group?.['private_dns_zone_ids']).map((id) => nameOf(text(id)))
    const wanted = ZONES[part] ?? []
    if (wanted.length === 0 || zones.join() !== wanted.join())
      problems.push(`flows: the endpoint ${part} is known as ${zones.join() || 'nothing'}`)
  }
  const links = of('azurerm_private_dns_zone_virtual_network_link')
  for (const zone of of('azurerm_private_dns_zone')) {
    const linked = links.filter(({ values }) => values['private_dns_zone_id'] === zone.id).map(({ values }) => values)
    const networks = linked.map((values) =>
      text(values['virtual_network_id']).includes('hub-westeurope') ? 'client' : 'own',
    )
    const wanted = /monitor|opinsights|automation/.test(text(zone.values['name'])) ? ['own'] : ['client', 'own']
    if (networks.toSorted().join() !== wanted.join())
      problems.push(`flows: ${text(zone.values['name'])} is seen by ${networks.join()}`)
    if (linked.some((values) => values['registration_enabled'] === true))
      problems.push(`flows: anybody registers names in ${text(zone.values['name'])}`)
  }
  for (const { values } of of('azurerm_route_table')) {
    const hops = (list(values['route']) as JsonObject[]).map(
      ({ address_prefix: prefix, next_hop_type: kind, next_hop_in_ip_address: hop }) =>
        `${text(prefix)} ${text(kind)} ${text(hop)}`,
    )
    if (hops.join() !== '0.0.0.0/0 VirtualAppliance 10.8.0.4') problems.push(`flows: what leaves goes ${hops.join()}`)
  }
  return problems
}
