import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ROLES } from '#console/api/roles.ts'
import { openDesk } from '../support/console/desk.ts'
import { named, needs } from '../support/needs.ts'

const schemathesis = named('CREDENCE_TEST_SCHEMATHESIS', 'pip install schemathesis==4.32.5, and name its program')
const { skip, why } = needs(schemathesis.missing)
const DOCUMENT = fileURLToPath(new URL('../../console/openapi.json', import.meta.url))
// what a service token may do, but end itself and follow a stream that has no end
const LEFT_OUT = ['events.follow', 'tokens.revoke']
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
]

test.skipIf(skip)(
  `fuzzed by its document, the console has no defect and no answer that is not said${why}`,
  async () => {
    const defects: unknown[] = []
    await using desk = await openDesk({ onDefect: (error) => defects.push(error) })
    const admin = await desk.person('root', 'admin')
    const grants = ROLES.map((role) => ({ role, datasets: null }))
    const { body } = await admin.send('POST', '/v1/tokens', { name: 'fuzz', grants, days: 1 })
    const options = [
      '--url',
      desk.console.origin,
      '-H',
      `Authorization: Bearer ${body.secret}`,
      '--seed',
      '7',
      '--no-color',
    ]
    const found = await promisify(execFile)(
      schemathesis.value,
      [
        'run',
        DOCUMENT,
        ...options,
        '--checks',
        CHECKS.join(','),
        '--phases',
        'fuzzing',
        '--max-examples',
        '5',
        ...LEFT_OUT.flatMap((operation) => ['--exclude-operation-id', operation]),
      ],
      { maxBuffer: 2 ** 26, cwd: tmpdir() }, // where it leaves its cache
    ).catch(({ stdout }: { stdout: string }) => ({ stdout }))
    expect(found.stdout).toMatch(/No issues found|0 failed|\bpassed\b/)
    expect(found.stdout).not.toContain('FAILURES')
    expect(defects).toEqual([])
  },
)
