import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ROOT, textAt, type Problem } from './files.ts'
import { generated } from './generated.ts'
import { CONTROLS, crossProblems, FRAMEWORKS, readGovernance, type Proof } from './governance.ts'
import { brokenLinks, linkedTests, pages } from './links.ts'
import { CLOUDS, readClouds } from './pages.ts'
import { bookProblems, CHAPTERS, THREAT_MODEL } from './book-rules.ts'
import { bareNumbers, heldProblems } from './held.ts'
import { mentionProblems } from './mentions.ts'
import { proseProblems, spellingProblems } from './prose.ts'
import { missing, pathOf } from './proofs.ts'
import { staleRuns } from './tried.ts'
import { readThreats, threatProblems, THREATS } from './threats.ts'

/** Everything that is wrong with what the documents say, by file. `ran`: the names of tests that passed, by file; see `readRan`. */
export async function problems(ran?: ReadonlyMap<string, readonly string[]>): Promise<Problem[]> {
  const governance = readGovernance()
  const threats = readThreats()
  const found: Problem[] = [
    ...crossProblems(governance).map((says) => ({ where: FRAMEWORKS, says })),
    ...threatProblems(threats, governance).map((says) => ({ where: THREATS, says })),
  ]
  const proofs: (readonly [where: string, of: string, proof: Proof])[] = [
    ...Object.entries(governance.controls).flatMap(([name, { proof }]) =>
      proof.map((one) => [CONTROLS, name, one] as const),
    ),
    ...threats.attackers.flatMap(({ holds, shows }) => (shows === undefined ? [] : [[THREATS, holds, shows] as const])),
    ...linkedTests(THREAT_MODEL).map((one) => [THREAT_MODEL, one.test, one] as const),
    ...readClouds().flatMap(({ aim, aws, azure, gcp }) => [aws, azure, gcp].map((one) => [CLOUDS, aim, one] as const)),
  ]
  for (const [where, of, proof] of proofs) {
    const says = (await missing(proof)) ?? (ran === undefined ? null : notRun(proof, ran))
    if (says !== null) found.push({ where, says: `${of}: ${says}` })
  }
  const playbook = pages().filter((page) => /^docs\/(?:playbook|case-studies)\//.test(page))
  const guide = pages().filter((page) => /^docs\/(?:governance\/|threat-model)/.test(page))
  for (const where of [...playbook, ...guide]) found.push(...(await mentionProblems(where)))
  return [
    ...found,
    ...outdated(),
    ...staleRuns(),
    ...brokenLinks(),
    ...bookProblems(governance),
    ...playbook.flatMap(heldProblems),
    ...CHAPTERS.flatMap(bareNumbers),
    ...proseProblems(playbook),
    ...spellingProblems(guide),
  ]
}

/** Pages that are not what their source makes them, or that nothing can be made of. */
function outdated(): Problem[] {
  return [...generated()].flatMap(([where, make]): Problem[] => {
    try {
      if (existsSync(`${ROOT}${where}`) && textAt(where) === make()) return []
      return [{ where, says: 'is not what its source says: `npm run playbook:write`' }]
    } catch (error) {
      return [{ where, says: `cannot be made: ${(error as Error).message}` }]
    }
  })
}

function notRun(proof: Proof, ran: ReadonlyMap<string, readonly string[]>): string | null {
  if (!('test' in proof)) return null
  // A name with %s or $x is filled in as it runs.
  const named = new RegExp(
    proof.name
      .split(/%\w|\$\w+/)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.+'),
  )
  return ran.get(pathOf(proof))?.some((name) => named.test(name)) === true
    ? null
    : `'${proof.name}' did not pass in the last run: run it, and mend what it says`
}

/** The full names of tests that passed, by file, from reports of vitest's JSON reporter. */
export function readRan(reports: readonly string[]): Map<string, string[]> {
  const passed = new Map<string, string[]>()
  for (const report of reports) {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    for (const { name, assertionResults } of testResults) {
      const file = name.replace(ROOT, '')
      const names = assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName)
      passed.set(file, [...(passed.get(file) ?? []), ...names])
    }
  }
  return passed
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { ran: { type: 'string', multiple: true } } })
  const found = await problems(values.ran && readRan(values.ran)).catch((error: Error) => [
    { where: 'the check ended early', says: error.message },
  ])
  for (const { where, says } of found) process.stdout.write(`${where}: ${says}\n`)
  process.stdout.write(found.length === 0 ? 'Every proof is there.\n' : `${found.length} to mend.\n`)
  process.exitCode = found.length === 0 ? 0 : 1
}
