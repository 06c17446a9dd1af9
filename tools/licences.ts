// Whether everything in a bill of materials (CycloneDX) is under a licence that the image may carry: `node tools/licences.ts sbom.cdx.json`.
// Prints what is not, and ends with 1.
import { readFileSync } from 'node:fs'

const TAKEN = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PostgreSQL',
])

interface Component {
  readonly name: string
  readonly version: string
  readonly licenses?: readonly {
    readonly expression?: string
    readonly license?: { readonly id?: string; readonly name?: string }
  }[]
}

interface Bill {
  readonly components?: readonly Component[]
}

/** Whether an expression of SPDX is met: one side of `OR`, every side of `AND`. */
export function isTaken(expression: string): boolean {
  const text = expression.replace(/^\((.*)\)$/, '$1')
  if (text.includes(' OR ')) return text.split(' OR ').some(isTaken)
  return text.split(' AND ').every((one) => TAKEN.has(one.trim()))
}

/** Components whose licence is not taken or not said, each in a line. */
export function refused({ components = [] }: Bill): string[] {
  return components
    .filter((one) => licencesOf(one).length === 0 || !licencesOf(one).every(isTaken))
    .map((one) => `${one.name} ${one.version}: ${licencesOf(one).join(', ') || 'no licence'}`)
}

function licencesOf({ licenses = [] }: Component): string[] {
  return licenses.map(({ expression, license }) => expression ?? license?.id ?? license?.name ?? '')
}

if (import.meta.main) {
  const problems = refused(JSON.parse(readFileSync(process.argv[2] ?? 'sbom.cdx.json', 'utf8')) as Bill)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
