import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { evaluateModule, type CloudModule } from './cloud.ts'
import { AWS } from './clouds/aws.ts'
import { AZURE } from './clouds/azure.ts'
import { GCP } from './clouds/gcp.ts'
import { TERRAFORM } from './check.ts'
import type { Evaluated } from './evaluate.ts'

const CLOUDS: readonly CloudModule[] = [AWS, AZURE, GCP]

/** Where the values that a module prints for the samples are kept: the chart is tested with them. */
export function valuesFile({ cloud }: CloudModule): string {
  return join(TERRAFORM, '../../deploy/chart/ci', `${cloud}.values.yaml`)
}

/** `terraform output -raw helm_values` of the module as it was evaluated. Throws where it prints none. */
export function helmValues({ cloud }: CloudModule, { outputs }: Evaluated): string {
  const text = outputs['helm_values']
  if (typeof text !== 'string') throw new Error(`modules/${cloud} prints no helm_values`)
  const values = stringify(parse(text), { lineWidth: 0 })
  return `# What modules/${cloud} prints for its samples, by \`node infra/terraform/tests/helm-values.ts\`.\n${values}`
}

export function helmValuesAreCurrent(module: CloudModule, evaluated: Evaluated): boolean {
  return readFileSync(valuesFile(module), 'utf8') === helmValues(module, evaluated)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const module of CLOUDS) writeFileSync(valuesFile(module), helmValues(module, await evaluateModule(module)))
}
