import type { Evaluated, EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'

/** The network as the evaluated module has it: subnets, endpoints with what they let through, and who reaches what on which port. */
export function networkOf({ resources }: Evaluated): string {
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
  const reached = of('aws_vpc_security_group_egress_rule').map(({ values }) => {
    const to =
      values['prefix_list_id'] === undefined ? name(values['referenced_security_group_id']) : id('endpoint', 's3')
    return `  ${name(values['security_group_id'])} -- "${text(values['ip_protocol'])} ${text(values['from_port'])}" --> ${to}`
  })
  const documents = new Map(resources.filter(({ json }) => json !== null).map((one) => [one.json, one.values]))
  const beyond = endpoints.flatMap((one) => {
    const service = serviceOf(one)
    const statements = list(documents.get(text(one.values['policy']))?.['statement']) as JsonObject[]
    const actions = [...new Set(statements.flatMap(({ actions: some }) => list(some).map(text)))]
    const shown = actions.map((action) => action.slice(action.indexOf(':') + 1))
    const lines = Array.from({ length: Math.ceil(shown.length / 4) }, (_, i) =>
      shown.slice(4 * i, 4 * i + 4).join(', '),
    )
    return [`  ${id('endpoint', service)} --> ${id('aws', service)}["${lines.join('<br>')}"]`]
  })
  const routes = of('aws_route').length + of('aws_internet_gateway').length + of('aws_nat_gateway').length
  const title = `VPC ${text(vpc?.values['cidr_block'])}: ${routes === 0 ? 'no way to the internet' : 'routes of its own'}`
  return ['flowchart LR', `  subgraph vpc["${title}"]`, ...inside, '  end', ...reached, ...beyond].join('\n')
}

function serviceOf({ values }: EvaluatedResource): string {
  return text(values['service_name']).split('.').slice(3).join('.')
}

function id(kind: string, name: string): string {
  return `${kind}_${name.replaceAll(/\W/g, '_')}`
}
