import { lookOf, paint } from '#present/look.ts'
import { renderTable } from '#cli/print/table.ts'
import { count, displayWidth, padEnd } from '#present/text.ts'
import type { StoredObject } from './cloud.ts'

export const look = lookOf(process.stdout, process.env)

export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

export function heading(text: string): void {
  say(`\n${paint(look, 'strong', text)}`)
}

/** A command as a person types it. */
export function prompt(command: string): void {
  say(`\n${paint(look, 'dim', '$')} ${paint(look, 'accent', command)}`)
}

/** Facts below one another, their names in a column. */
export function facts(rows: readonly (readonly [what: string, fact: string])[]): void {
  const width = Math.max(...rows.map(([what]) => displayWidth(what)))
  for (const [what, fact] of rows) say(`  ${paint(look, 'dim', padEnd(what, width))}  ${fact}`)
}

const ZONES: Readonly<Record<string, string>> = {
  clean: 'admitted records',
  quarantine: 'held records, for review',
  deadletter: 'what could not be decoded or broke its contract, as it came',
  scores: 'scores, evidence and decision of every record',
  manifests: 'the signed chain: what was committed, in which order',
  contracts: 'the contracts that records were judged by',
  keys: 'key records: epoch keys, wrapped by the key service',
  staging: 'windows on their way; what windows gave to the pool of their dataset',
}

/** Objects by zone, which is the first folder of their path: how many, how large, what is in them. */
export async function objectsByZone(objects: AsyncIterable<StoredObject>): Promise<string> {
  const zones = new Map<string, { count: number; bytes: number }>()
  for await (const { path, bytes } of objects) {
    const name = path.split('/')[0] ?? ''
    const zone = zones.get(name) ?? { count: 0, bytes: 0 }
    zones.set(name, { count: zone.count + 1, bytes: zone.bytes + bytes })
  }
  return renderTable(
    [
      { header: 'zone' },
      { header: 'objects', align: 'right' },
      { header: 'size', align: 'right' },
      { header: 'holds', shrink: true },
    ],
    [...zones]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([zone, { count: objects, bytes }]) => [`${zone}/`, count(objects), size(bytes), ZONES[zone] ?? '']),
    look,
  )
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
