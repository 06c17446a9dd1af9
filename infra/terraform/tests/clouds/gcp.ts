import { accessProblems } from '../access/access-gcp.ts'
import { alarmProblems } from '../access/alarms-gcp.ts'
import type { CloudModule } from '../cloud.ts'
import { flowProblems } from '../flows-gcp.ts'
import { networkOf } from '../diagrams/gcp.ts'
import { GCP_BESIDE } from '../mutations/beside.ts'
import { GCP_KEPT } from '../mutations/kept.ts'
import { MUTATIONS } from '../mutations/gcp.ts'
import { GCP_PASSED } from '../mutations/passed-gcp.ts'
import { GCP_JUDGED } from '../mutations/judged.ts'
import { SETTINGS_GCP } from '../mutations/settings.ts'
import { GCP_WRITTEN } from '../mutations/written.ts'
import { permissionProblems } from '../permissions-gcp.ts'
import { ENVIRONMENTS, GIVEN, SAMPLES, SHAPES } from '../samples/gcp.ts'

export const GCP: CloudModule = {
  cloud: 'gcp',
  samples: SAMPLES,
  shapes: SHAPES,
  environments: ENVIRONMENTS,
  mutations: [...MUTATIONS, ...GCP_KEPT, ...SETTINGS_GCP, ...GCP_PASSED, ...GCP_BESIDE, ...GCP_WRITTEN, ...GCP_JUDGED],
  networkOf,
  permissionProblems: (evaluated) => permissionProblems(evaluated, GIVEN),
  behaviourProblems: (evaluated) => [
    ...accessProblems(evaluated),
    ...alarmProblems(evaluated.resources),
    ...flowProblems(evaluated.resources),
  ],
}
