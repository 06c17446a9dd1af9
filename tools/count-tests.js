// Prints `N passed, N failed[, N skipped]` from the JSON results of several runs of the tests, and before it each test that failed
// with the head of its error. A file that ran again counts as it did the last time, and with it what failed before: a suite that
// was skipped for want of a service and then ran is no skip.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** What each file came to, from the results that Vitest's JSON reporter wrote: counts by file, and their sum. */
export function countTests(runs) {
  const files = new Map()
  for (const { testResults } of runs) {
    for (const { name, status, assertionResults } of testResults) {
      const of = (wanted) => assertionResults.filter((test) => wanted.includes(test.status)).length
      const failed = of(['failed'])
      const before = files.get(name)?.failed ?? 0
      files.set(name, {
        passed: of(['passed']),
        // A file that fails before its tests are known is one failure.
        failed: before + (failed === 0 && status === 'failed' ? 1 : failed),
        skipped: of(['skipped', 'pending', 'todo', 'disabled']),
      })
    }
  }
  const sum = (key) => [...files.values()].reduce((total, counts) => total + counts[key], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

/** Each test that failed in any of the runs, in the order in which they ran, with the first lines of its error. */
export function failures(runs) {
  return runs.flatMap(({ testResults }) =>
    testResults.flatMap(({ name, status, message, assertionResults }) => {
      const failed = assertionResults.filter((test) => test.status === 'failed')
      if (status === 'failed' && failed.length === 0) return [describe(name, message)]
      return failed.map((test) => describe(`${name} > ${test.fullName}`, test.failureMessages?.[0]))
    }),
  )
}

const describe = (name, message = '') => [`FAILED ${name}`, ...message.split('\n', 12).filter(Boolean)].join('\n    ')

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // A run that left no results is one that failed.
  const runs = process.argv.slice(2).map((file) => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      return { testResults: [{ name: file, status: 'failed', assertionResults: [] }] }
    }
  })
  const { passed, failed, skipped } = countTests(runs)
  for (const failure of failures(runs)) console.log(failure)
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}
