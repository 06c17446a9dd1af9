import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'

const COUNT = path.join(import.meta.dirname, '../tools/count-tests.js')
const folder = mkdtempSync(path.join(tmpdir(), 'credence-counts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Status = 'passed' | 'failed' | 'skipped'

/** Results of a run as Vitest writes them: what each file's tests came to. */
function results(name: string, files: Readonly<Record<string, readonly Status[]>>): string {
  const file = path.join(folder, `${name}.json`)
  const testResults = Object.entries(files).map(([of, statuses]) => ({
    name: of,
    status: statuses.length === 0 || statuses.includes('failed') ? 'failed' : 'passed',
    message: '',
    assertionResults: statuses.map((status, at) => ({
      status,
      fullName: `test ${at}`,
      failureMessages: status === 'failed' ? ['Error: one is not two\n    at a line'] : [],
    })),
  }))
  writeFileSync(file, JSON.stringify({ testResults }))
  return file
}

test('counts both runs, and a suite that was skipped as it ran the second time', () => {
  const first = results('first', { a: ['passed', 'passed'], redis: ['skipped', 'skipped'], b: ['passed', 'skipped'] })
  const second = results('second', { redis: ['passed', 'passed'], chaos: ['passed'] })
  expect(execFileSync(process.execPath, [COUNT, first, second], { encoding: 'utf8' })).toBe(
    '6 passed, 0 failed, 1 skipped\n',
  )
})

test.each([
  [
    'what failed in the first run and passed in the second',
    { first: { a: ['failed'] }, second: { a: ['passed'] } },
    'FAILED a > test 0\n    Error: one is not two\n        at a line\n1 passed, 1 failed\n',
  ],
  [
    'a file that failed before its tests were known',
    { first: { a: ['passed'], broken: [] }, second: { c: ['passed'] } },
    'FAILED broken\n2 passed, 1 failed\n',
  ],
  ['runs in which nothing passed', { first: {}, second: {} }, '0 passed, 0 failed\n'],
] as const)('fails for %s', (_, runs, says) => {
  const files = Object.entries(runs).map(([name, files]) => results(name, files))
  const { status, stdout } = spawnSync(process.execPath, [COUNT, ...files], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([1, says])
})

test('fails for a run that left no results', () => {
  const none = path.join(folder, 'none.json')
  const { status, stdout } = spawnSync(process.execPath, [COUNT, results('whole', { a: ['passed'] }), none])
  expect([status, String(stdout)]).toEqual([1, `FAILED ${none}\n1 passed, 1 failed\n`])
})
