import { cpus, loadavg } from 'node:os'

/** What a piece of work took of this process alone. */
export interface Spent {
  readonly seconds: number
  /** Seconds of processor, of all threads. */
  readonly processor: number
}

export async function spent(work: () => Promise<void>): Promise<Spent> {
  const before = process.cpuUsage()
  const started = performance.now()
  await work()
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(before)
  return { seconds, processor: (user + system) / 1e6 }
}

export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN
}

/** `median (min–max)`. */
export function spread(list: readonly number[], digits = 0): string {
  const show = (value: number) => (digits === 0 ? Math.round(value).toLocaleString('en') : value.toFixed(digits))
  return `${show(median(list))} (${show(Math.min(...list))}–${show(Math.max(...list))})`
}

export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, header.map(() => '---'), ...rows]
  console.log(lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'), '\n')
}

/** The machine, as far as it explains figures. */
export function machine(): string {
  const [first] = cpus()
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown'}, Node ${process.versions.node}, load ${load}`
}
