import { accessProblems } from '../access/access-azure.ts'
import { alarmProblems } from '../access/alarms-azure.ts'
import { flowProblems } from '../access/flows-azure.ts'
import type { CloudModule } from '../cloud.ts'
import { networkOf } from '../diagrams/azure.ts'
import { AZURE_BESIDE } from '../mutations/beside.ts'
import { AZURE_KEPT } from '../mutations/kept.ts'
import { MUTATIONS } from '../mutations/azure.ts'
import { AZURE_PASSED } from '../mutations/passed-azure.ts'
import { AZURE_JUDGED } from '../mutations/judged.ts'
import { SETTINGS_AZURE } from '../mutations/settings.ts'
import { AZURE_WRITTEN } from '../mutations/written.ts'
import { permissionProblems } from '../permissions-azure.ts'
import { ENVIRONMENTS, GIVEN, SAMPLES, SHAPES } from '../samples/azure.ts'

export const AZURE: CloudModule = {
  cloud: 'azure',
  samples: SAMPLES,
  shapes: SHAPES,
  mutations: [
    ...MUTATIONS,
    ...AZURE_KEPT,
    ...SETTINGS_AZURE,
    ...AZURE_PASSED,
    ...AZURE_BESIDE,
    ...AZURE_WRITTEN,
    ...AZURE_JUDGED,
  ],
  networkOf,
  permissionProblems: (evaluated) => permissionProblems(evaluated, GIVEN),
  behaviourProblems: (evaluated) => [
    ...accessProblems(evaluated),
    ...alarmProblems(evaluated.resources),
    ...flowProblems(evaluated.resources),
  ],
  environments: ENVIRONMENTS,
}
