import { BlockList } from 'node:net'
import type { EvaluatedResource } from './evaluate.ts'
import type { JsonObject } from './hcl.ts'
import { list } from './module.ts'

/** One packet that leaves a machine. */
export interface Flow {
  readonly to: string
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly port?: number
}

/**
 * Whether the firewall of an evaluated module lets a machine send it: of the rules that match, the one with the lowest number decides,
 * a denial before an allowance of the same number; what no rule names may leave. The metadata server, which answers DNS, is not
 * asked about: no rule reaches it. Google Cloud, VPC firewall rules: priority, implied rules and traffic that is always allowed.
 */
export function mayLeave(resources: readonly EvaluatedResource[], flow: Flow): boolean {
  const matching = resources
    .filter(({ type, values }) => type === 'google_compute_firewall' && values['direction'] === 'EGRESS')
    .filter(({ values }) => values['disabled'] !== true && holds(values['destination_ranges'], flow.to))
    .flatMap(({ values }) =>
      (['deny', 'allow'] as const).flatMap((kind) =>
        list(values[kind])
          .filter((one) => covers(one as JsonObject, flow))
          .map(() => ({ kind, priority: Number(values['priority'] ?? 1000) })),
      ),
    )
    .toSorted((a, b) => a.priority - b.priority || b.kind.localeCompare(a.kind))
  return matching[0]?.kind !== 'deny'
}

function holds(ranges: JsonObject[string] | undefined, address: string): boolean {
  const block = new BlockList()
  for (const range of list(ranges)) {
    const [net = '', bits = '32'] = (range as string).split('/')
    block.addSubnet(net, Number(bits))
  }
  return block.check(address)
}

function covers({ protocol, ports }: JsonObject, flow: Flow): boolean {
  if (protocol !== 'all' && protocol !== flow.protocol) return false
  return (
    list(ports).length === 0 ||
    list(ports).some((port) => {
      const [from = NaN, to = from] = (port as string).split('-').map(Number)
      return flow.port !== undefined && flow.port >= from && flow.port <= to
    })
  )
}

/** Packets that machines send, and whether they leave: what a sample lets through, and one beside each of it. */
const PACKETS: readonly (readonly [flow: Flow, leaves: boolean])[] = [
  [{ to: '10.20.0.5', protocol: 'tcp', port: 5432 }, true],
  [{ to: '10.20.0.5', protocol: 'tcp', port: 22 }, false],
  [{ to: '10.20.0.5', protocol: 'udp', port: 5432 }, false],
  [{ to: '10.40.0.9', protocol: 'tcp', port: 4318 }, true],
  [{ to: '10.40.0.9', protocol: 'tcp', port: 80 }, false],
  [{ to: '10.41.0.9', protocol: 'tcp', port: 4318 }, false],
  [{ to: '10.200.0.9', protocol: 'tcp', port: 443 }, false],
  [{ to: '172.16.0.9', protocol: 'tcp', port: 443 }, false],
  [{ to: '203.0.113.7', protocol: 'tcp', port: 443 }, false],
  [{ to: '203.0.113.7', protocol: 'udp', port: 53 }, false],
  [{ to: '203.0.113.7', protocol: 'icmp' }, false],
]

/** Packets that leave and are not to, or do not and are to, each in a line that begins `flows: `. */
export function flowProblems(resources: readonly EvaluatedResource[]): string[] {
  return PACKETS.filter(([flow, leaves]) => mayLeave(resources, flow) !== leaves).map(
    ([{ to, protocol, port }, leaves]) =>
      `flows: ${protocol} to ${to}${port === undefined ? '' : `:${port}`} ${leaves ? 'is stopped' : 'leaves'}`,
  )
}
