import { diagrams } from './diagrams.ts'
import { readGovernance } from './governance.ts'
import { componentDefinition } from './oscal.ts'
import { checklistPage, cloudsPage, readClouds } from './pages.ts'
import { controlsPage, frameworksPage } from './tables.ts'
import { triedPage } from './tried.ts'
import { readThreats, threatsPage } from './threats.ts'

/** Every file that is made from a source, by its path from the root of the repository, and how it is made. What its source names and is not there throws. */
export function generated(): Map<string, () => string> {
  const governance = readGovernance()
  return new Map([
    ['docs/governance/controls.md', () => controlsPage(governance)],
    ['docs/governance/frameworks.md', () => frameworksPage(governance)],
    ['docs/governance/component-definition.json', () => componentDefinition(governance)],
    ['docs/governance/threats.md', () => threatsPage(readThreats(), governance)],
    ['docs/playbook/clouds.md', () => cloudsPage(readClouds())],
    ['docs/playbook/checklist.md', checklistPage],
    ['docs/playbook/tried.md', triedPage],
    ...[...diagrams()].map(([name, text]) => [`docs/playbook/diagrams/${name}.svg`, () => text] as const),
  ])
}
