import type { Evaluated } from './evaluate.ts'
import type { Json, JsonObject } from './hcl.ts'
import { isObject } from './module.ts'

/** Where something is made otherwise than whoever called the module asked for, each in a line that begins `asked: `. */
export function askedProblems({ resources }: Evaluated, asked: JsonObject): string[] {
  const problems: string[] = []
  for (const { type, address, key, values } of resources) {
    const keeps = type === 'aws_kinesis_stream' ? values['retention_period'] : undefined
    const wanted = of(asked['datasets'], key)?.['retention_hours']
    if (keeps !== undefined && wanted !== undefined && keeps !== wanted)
      problems.push(`asked: ${address}[${key}] keeps ${JSON.stringify(keeps)} hours, not ${JSON.stringify(wanted)}`)
    // a peering that is made in somebody else's network is made where that was asked for
    if (
      address.endsWith('azurerm_virtual_network_peering.back') &&
      of(asked['client_networks'], key)?.['peer_back'] === false
    )
      problems.push(`asked: ${address}[${key}] joins a network from its own side, which nobody asked for`)
  }
  return problems
}

function of(value: Json | undefined, key: string): JsonObject | undefined {
  const found = isObject(value) ? value[key] : undefined
  return isObject(found) ? found : undefined
}
