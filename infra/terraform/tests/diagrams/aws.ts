import type { Evaluated, EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'
import { barrier, ELSEWHERE, enumerated, id, lines, texts, type Network } from './mermaid.ts'

/** The network as the evaluated module has it: subnets, endpoints with what they let through, and who reaches what on which port. */
export function networkOf({ resources }: Evaluated): Network {
  const of = (type: string) => resources.filter((one) => one.mode === 'resource' && one.type === type)
  const [vpc] = of('aws_vpc')
  const groups = new Map(of('aws_security_group').map((one) => [one.id, one]))
  const endpoints = of('aws_vpc_endpoint')
  const inside = [
    ...of('aws_subnet').map(
      ({ key, values }) => `    ${id('subnet', key)}["${key}<br>${text(values['cidr_block'])}<br>private"]`,
    ),
    ...[...groups.values()]
      .filter(({ name }) => name !== 'endpoints')
      .map(({ name, values }) => `    ${id('group', name)}(["${name}<br>${text(values['description'])}"])`),
    '    subgraph interfaces["interface endpoints"]',
    ...endpoints
      .filter(({ values }) => values['vpc_endpoint_type'] === 'Interface')
      .map((one) => `      ${id('endpoint', serviceOf(one))}["${serviceOf(one)}"]`),
    '    end',
    ...endpoints
      .filter(({ values }) => values['vpc_endpoint_type'] === 'Gateway')
      .map((one) => `    ${id('endpoint', serviceOf(one))}["${serviceOf(one)}<br>gateway"]`),
  ]
  const name = (group: unknown) => {
    const found = groups.get(text(group as string))?.name ?? ''
    return found === 'endpoints' ? 'interfaces' : id('group', found)
  }
  const passages = of('aws_vpc_security_group_egress_rule').map(({ values }) => ({
    from: name(values['security_group_id']),
    to: values['prefix_list_id'] === undefined ? name(values['referenced_security_group_id']) : id('endpoint', 's3'),
    what: `${text(values['ip_protocol'])} ${text(values['from_port'])}`,
  }))
  const reached = passages.map(({ from, to, what }) => `  ${from} -- "${what}" --> ${to}`)
  const documents = new Map(resources.filter(({ json }) => json !== null).map((one) => [one.json, one.values]))
  const allowed = endpoints.map((one) => {
    const statements = list(documents.get(text(one.values['policy']))?.['statement']) as JsonObject[]
    return { service: serviceOf(one), actions: [...new Set(statements.flatMap(({ actions }) => texts(actions)))] }
  })
  const unruled = allowed.filter(({ actions }) => actions.length === 0 || actions.some((one) => one.includes('*')))
  const beyond = allowed.map(({ service, actions }) => {
    const shown = actions.map((action) => action.slice(action.indexOf(':') + 1))
    return `  ${id('endpoint', service)} --> ${id('aws', service)}["${lines(shown, 4)}"]`
  })
  const routes = of('aws_route').length + of('aws_internet_gateway').length + of('aws_nat_gateway').length
  const ways = [...of('aws_vpc_security_group_egress_rule'), ...of('aws_vpc_security_group_ingress_rule')]
  const open = ways.filter(({ values }) => (values['cidr_ipv4'] ?? values['cidr_ipv6'] ?? null) !== null)
  const title = `VPC ${text(vpc?.values['cidr_block'])}: ${routes === 0 ? 'no way to the internet' : 'routes of its own'}`
  return {
    chart: [
      'flowchart LR',
      `  subgraph vpc["${title}"]`,
      ...inside,
      '  end',
      ELSEWHERE,
      ...reached,
      ...beyond,
      ...barrier('vpc', {
        in: routes === 0 || !open.some(({ type }) => type.includes('ingress')),
        out: routes === 0 || !open.some(({ type }) => type.includes('egress')),
      }),
    ].join('\n'),
    reach: [
      `What wears the security group \`services\` reaches ${enumerated(passages.map(({ to, what }) => `${wordOf(to)} on ${what}`))}.`,
      unruled.length === 0
        ? 'An endpoint lets through the actions that are drawn behind it, and no others.'
        : `Any action goes through ${enumerated(unruled.map(({ service }) => `\`${service}\``))}.`,
      open.length === 0
        ? 'Nothing else is let in or out: security groups let through one another alone, and no range of addresses.'
        : `These let through ranges of addresses: ${enumerated(open.map(({ address }) => `\`${address}\``))}.`,
      routes === 0
        ? 'There is no route to the internet, no gateway and no NAT.'
        : 'There are routes, gateways or NAT besides the endpoints.',
    ].join(' '),
  }
}

function serviceOf({ values }: EvaluatedResource): string {
  return text(values['service_name']).split('.').slice(3).join('.')
}

function wordOf(node: string): string {
  if (node === 'interfaces') return 'the interface endpoints'
  return node.startsWith('endpoint_')
    ? `the gateway \`${node.slice('endpoint_'.length)}\``
    : `\`${node.slice('group_'.length)}\``
}
