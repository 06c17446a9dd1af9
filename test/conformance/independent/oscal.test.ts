import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readGovernance } from '../../../tools/playbook/governance.ts'
import { needs } from '../../support/needs.ts'

const PYTHON = process.env['CREDENCE_TEST_TRESTLE']
const DEFINITION = fileURLToPath(new URL('../../../docs/governance/component-definition.json', import.meta.url))

/** compliance-trestle's classes are made from NIST's schema: reading holds every part, name and pattern against it. */
const COUNT = `
import sys
from pathlib import Path
from trestle.oscal.component import ComponentDefinition
component = ComponentDefinition.oscal_read(Path(sys.argv[1])).components[0]
print(sum(len(one.implemented_requirements) for one in component.control_implementations))
`

const { skip, why } = needs(
  PYTHON === undefined ? 'CREDENCE_TEST_TRESTLE is not set: a Python with compliance-trestle==5.2.0' : null,
)

describe.skipIf(skip)(`the OSCAL component definition${why}`, () => {
  test('fits the schema, line for line', () => {
    const lines = readGovernance().frameworks.reduce((sum, { items }) => sum + items.length, 0)
    expect(Number(execFileSync(PYTHON ?? '', ['-c', COUNT, DEFINITION], { encoding: 'utf8' }))).toBe(lines)
  })
})
