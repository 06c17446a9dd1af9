import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** A port's suite, as its outermost `describe` is called: `store: s3`, `live source: kinesis, polling`. */
const SUITE = /^(source|live source|store|keyring|queue|catalog|sink): (.+)$/
const MARKS = { passed: '✓', failed: '✗', skipped: '–', pending: '…' } as const

interface Cell {
  readonly state: keyof typeof MARKS
  readonly why: string | undefined
}

/** Prints, at the end of a run, one table for each port: every case of its suite × every adapter, with the reasons for skips. */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ports = new Map<string, Map<string, Map<string, Cell>>>()
    for (const module of modules) for (const test of module.children.allTests()) this.#note(ports, test)
    for (const [port, cases] of [...ports].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const shared = [...cases].filter(([, row]) => row.size > 1)
      const adapters = [...new Set(shared.flatMap(([, row]) => [...row.keys()]))].sort()
      if (adapters.length < 2 || shared.length === 0) continue
      process.stdout.write(`\n${rendered(port, adapters, shared)}`)
    }
  }

  #note(ports: Map<string, Map<string, Map<string, Cell>>>, test: TestCase): void {
    const [, port = '', adapter = ''] = SUITE.exec(test.fullName.split(' > ')[0] ?? '') ?? []
    if (port === '') return
    const result = test.result()
    const why = result.state === 'skipped' ? (result.note ?? undefined) : undefined
    const title = test.fullName.split(' > ').slice(1).join(' > ')
    const [name = title, reason] = title.split(' (skipped: ')
    const cases = ports.get(port) ?? new Map<string, Map<string, Cell>>()
    const row = cases.get(name) ?? new Map<string, Cell>()
    ports.set(port, cases)
    cases.set(name, row)
    row.set(adapter, { state: result.state, why: why ?? reason?.replace(/\)$/, '') })
  }
}

function rendered(
  port: string,
  adapters: readonly string[],
  cases: readonly (readonly [string, ReadonlyMap<string, Cell>])[],
): string {
  const lines = [`Conformance of every ${port}`, '']
  adapters.forEach((adapter, i) => lines.push(`  ${letter(i)}  ${adapter}`))
  lines.push('', `  ${adapters.map((_, i) => letter(i)).join(' ')}`)
  const reasons: string[] = []
  for (const [name, row] of cases) {
    const marks = adapters.map((adapter, i) => {
      const cell = row.get(adapter)
      if (cell?.state === 'skipped') reasons.push(`  – ${letter(i)}  ${name}: ${cell.why ?? 'no reason given'}`)
      return cell === undefined ? ' ' : MARKS[cell.state]
    })
    lines.push(`  ${marks.join(' ')}  ${name}`)
  }
  if (reasons.length > 0) lines.push('', '  Skipped:', ...reasons)
  return `${lines.join('\n')}\n`
}

function letter(i: number): string {
  return String.fromCharCode(65 + i)
}
