import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TERRAFORM } from './check.ts'
import { evaluateEnvironment, evaluateModule, folderOf, made, shaped } from './cloud.ts'
import { AWS } from './clouds/aws.ts'
import { AZURE } from './clouds/azure.ts'
import { GCP } from './clouds/gcp.ts'
import { evaluate } from './evaluate.ts'
import { fileOf } from './made-of.ts'
import { CLUSTERS } from './samples/clusters.ts'
import { WORKPLACES } from './samples/workplaces.ts'

const folder = dirname(fileOf('modules/aws'))
for (const name of readdirSync(folder)) rmSync(join(folder, name))
const write = (lines: readonly string[], of: string, shape?: string) =>
  writeFileSync(fileOf(of, shape), `${lines.join('\n')}\n`)

for (const module of [AWS, AZURE, GCP]) {
  const of = folderOf(module)
  const lines = await made(of, await evaluateModule(module))
  write(lines, of)
  for (const { shape, lines: others } of await shaped(module, lines)) write(others, of, shape)
  for (const [name, samples] of Object.entries(module.environments ?? {}))
    write(await made(`envs/${name}`, await evaluateEnvironment(name, samples)), `envs/${name}`)
}
for (const [of, samples] of Object.entries({ ...CLUSTERS, ...WORKPLACES }))
  write(await made(of, await evaluate(join(TERRAFORM, of), samples)), of)
