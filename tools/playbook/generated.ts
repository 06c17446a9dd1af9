import { readGovernance } from './governance.ts'
import { componentDefinition } from './oscal.ts'
import { controlsPage, frameworksPage } from './tables.ts'

/** Every file that is made from a source, by its path from the root of the repository. */
export function generated(): Map<string, string> {
  const governance = readGovernance()
  return new Map([
    ['docs/governance/controls.md', controlsPage(governance)],
    ['docs/governance/frameworks.md', frameworksPage(governance)],
    ['docs/governance/component-definition.json', componentDefinition(governance)],
  ])
}
