import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TERRAFORM } from './check.ts'
import { evaluateModule, folderOf, type CloudModule } from './cloud.ts'
import type { Evaluated } from './evaluate.ts'

const BEGIN = '<!-- network -->'
const END = '<!-- /network -->'

/** A README with the drawing of the network between its marks. Throws where the marks are not there. */
function withNetwork({ cloud, networkOf }: CloudModule, evaluated: Evaluated, readme: string): string {
  const [before, rest] = readme.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined)
    throw new Error(`modules/${cloud}/README.md has no ${BEGIN} … ${END}`)
  if (networkOf === undefined) throw new Error(`nothing draws the network of ${cloud}`)
  return `${before}${BEGIN}\n\`\`\`mermaid\n${networkOf(evaluated)}\n\`\`\`\n${END}${after}`
}

function pathOf(module: CloudModule): string {
  return join(TERRAFORM, folderOf(module), 'README.md')
}

/** Whether the README's drawing is the network that the module makes. */
export function networkIsCurrent(module: CloudModule, evaluated: Evaluated): boolean {
  const readme = readFileSync(pathOf(module), 'utf8')
  return readme === withNetwork(module, evaluated, readme)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const cloud of process.argv.slice(2)) {
    const loaded = (await import(`./clouds/${cloud}.ts`)) as Record<string, CloudModule>
    for (const module of Object.values(loaded)) {
      const readme = readFileSync(pathOf(module), 'utf8')
      writeFileSync(pathOf(module), withNetwork(module, await evaluateModule(module), readme))
    }
  }
}
