import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TERRAFORM } from './check.ts'
import { evaluateModule, folderOf, type CloudModule } from './cloud.ts'
import type { Network } from './diagrams/mermaid.ts'
import type { Evaluated } from './evaluate.ts'

const CLOUDS = ['aws', 'azure', 'gcp']
const PAGE = join(TERRAFORM, '../../docs/networks.md')

/** A file with the network of one cloud between marks. */
interface Place {
  readonly path: string
  readonly begin: string
  readonly end: string
  readonly write: (network: Network) => string
}

function placesOf(module: CloudModule): readonly Place[] {
  const drawn = ({ chart }: Network) => `\`\`\`mermaid\n${chart}\n\`\`\`\n`
  return [
    {
      path: join(TERRAFORM, folderOf(module), 'README.md'),
      begin: '<!-- network -->\n',
      end: '<!-- /network -->\n',
      write: drawn,
    },
    {
      path: PAGE,
      begin: `<!-- network ${module.cloud} -->\n`,
      end: `<!-- /network ${module.cloud} -->\n`,
      write: (network) => `${network.reach}\n\n${drawn(network)}`,
    },
  ]
}

/** The file with the network between its marks. Throws where the marks are not there. */
function withNetwork({ path, begin, end, write }: Place, network: Network, file: string): string {
  const [before, rest] = file.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${path} has no ${begin.trim()} … ${end.trim()}`)
  return `${before}${begin}${write(network)}${end}${after}`
}

/** Whether the module's README and `docs/networks.md` show the network that the module makes. */
export function networkIsCurrent(module: CloudModule, evaluated: Evaluated): boolean {
  const network = module.networkOf(evaluated)
  return placesOf(module).every((place) => {
    const file = readFileSync(place.path, 'utf8')
    return file === withNetwork(place, network, file)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2)
  for (const cloud of named.includes('all') ? CLOUDS : named) {
    const loaded = (await import(`./clouds/${cloud}.ts`)) as Record<string, CloudModule>
    for (const module of Object.values(loaded)) {
      const network = module.networkOf(await evaluateModule(module))
      for (const place of placesOf(module)) {
        writeFileSync(place.path, withNetwork(place, network, readFileSync(place.path, 'utf8')))
      }
    }
  }
}
