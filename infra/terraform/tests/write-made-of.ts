import { writeFileSync } from 'node:fs'
import { evaluateEnvironment, evaluateModule, folderOf } from './cloud.ts'
import { AWS } from './clouds/aws.ts'
import { AZURE } from './clouds/azure.ts'
import { GCP } from './clouds/gcp.ts'
import { fileOf, madeOf } from './made-of.ts'

for (const module of [AWS, AZURE, GCP]) {
  writeFileSync(fileOf(folderOf(module)), `${madeOf(await evaluateModule(module)).join('\n')}\n`)
  for (const [name, samples] of Object.entries(module.environments ?? {}))
    writeFileSync(fileOf(name), `${madeOf(await evaluateEnvironment(name, samples)).join('\n')}\n`)
}
