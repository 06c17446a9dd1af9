import { readFileSync } from 'node:fs'

/** What `docs/networks.md` draws for one cloud: who reaches what, on which ports. */
export interface Drawing {
  /** By the node's name in the drawing: the ranges that its label shows. */
  readonly ranges: ReadonlyMap<string, readonly string[]>
  readonly arrows: readonly { readonly from: string; readonly to: string; readonly ports: readonly number[] }[]
}

/** Reads the drawing of one cloud. Throws where there is none. */
export function drawingOf(cloud: string): Drawing {
  const text = readFileSync(new URL('../../../docs/networks.md', import.meta.url), 'utf8')
  const [, between] = new RegExp(`<!-- network ${cloud} -->([^]*?)<!-- /network ${cloud} -->`).exec(text) ?? []
  if (between === undefined) throw new Error(`docs/networks.md draws no ${cloud}`)
  const ranges = new Map<string, readonly string[]>()
  for (const [, name = '', label = ''] of between.matchAll(/^\s*(?:subgraph )?(\w+)\(?\["?([^\]]*)"?\]/gm))
    ranges.set(name, label.match(/\d+\.\d+\.\d+\.\d+\/\d+/g) ?? [])
  const arrows = [...between.matchAll(/^\s*(\w+) -- "tcp ([\d, ]+)" --> (\w+)$/gm)].map(
    ([, from = '', ports = '', to = '']) => ({ from, to, ports: ports.split(', ').map(Number) }),
  )
  return { ranges, arrows }
}

/** The rows of the table of what pods reach within a cluster: `cloud | what | where | port`. */
export function withinCluster(cloud: string): string[] {
  const text = readFileSync(new URL('../../../docs/networks.md', import.meta.url), 'utf8')
  const [, section = ''] = /^## Within a cluster\n([^]*)/m.exec(text) ?? []
  return [...section.matchAll(/^\| ([\w, ]+) \| [^|]+ \| `([^`]+)` \| (udp|tcp) (\d+) \|$/gm)]
    .filter(([, clouds = '']) => clouds === 'every' || clouds.split(', ').includes(cloud))
    .map(([, , where = '', protocol = '', port = '']) => `${protocol} ${where}:${port}`)
}
